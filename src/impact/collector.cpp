// Takes messages, keeps one Unit a source (a client address, IPv6: its /64; without an address, an
// envelope sender), and makes the report of them.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "impact/grouping.hpp"
#include "impact/hash_counts.hpp"
#include "impact/impact.hpp"
#include "impact/naming.hpp"
#include "impact/open_messages.hpp"
#include "impact/spf_questions.hpp"

namespace postern::impact {
namespace {

using evidence::AuthResult;
using evidence::Message;
using policy::Known;
using policy::ReversePath;

constexpr std::uint32_t no_unit = 0xffffffff;

std::string_view message_id_domain(std::string_view id) {
  id = domain_of_address(id);
  return id.substr(0, id.find('>'));
}

IpAddress grouping_address(IpAddress address) {
  return address.is_v4() ? address : Prefix(address, 64).first();
}

template <class Enumeration>
std::size_t index_of(Enumeration value) {
  return static_cast<std::size_t>(value);
}

}  // namespace

struct Collector::State {
  State(const policy::Policy& as_is, Context given_context, const Options& given)
      : policy(as_is),
        rejecting(as_is.with_reject_direct_send(true)),
        context(std::move(given_context)),
        options(given),
        seen(given.most_joined),
        open(given.most_joined) {
    slots.assign(1 << 12, no_unit);
  }

  policy::Policy policy;
  policy::Policy rejecting;
  Context context;
  Options options;
  HashCounts seen;                // messages of earlier sources, by id and recipient
  OpenMessages open;              // that wait for their other half
  HashCounts foreign{200'000};    // messages of other organisations by client address
  HashCounts mailboxes{200'000};  // recipients of the tenant

  std::vector<Shape> bystanders;
  std::unordered_map<std::uint64_t, std::uint32_t> shape_places;  // in the list they belong to
  std::size_t kept_shapes = 0;

  std::vector<Unit> units;
  std::vector<std::uint64_t> keys;    // parallel to units
  std::vector<std::uint32_t> slots;   // open addressing over units
  std::uint32_t source = 1;           // number of the file that is being read
  std::uint32_t sources = 1;          // numbers given so far
  std::vector<std::uint32_t> around;  // the files that it is in
  Unit folded;
  DistinctCount folded_keys;

  Report report;
  std::uint64_t messages = 0;
  std::uint64_t uncertain_external = 0;
  std::uint64_t without_reverse_path = 0;
  std::uint64_t refused_already = 0;
  DayCounts days;
  std::int64_t last_day = -1;
  SpfQuestions spf_questions;
  std::array<std::uint64_t, 5> by_claims{};  // messages, indexed by evidence::Claims

  // --- units ---

  /// The slot of the key, or the empty one where it would be.
  std::size_t slot_of(std::uint64_t key) const {
    const std::size_t mask = slots.size() - 1;
    std::size_t at = key & mask;
    while (slots[at] != no_unit && keys[slots[at]] != key)
      at = (at + 1) & mask;
    return at;
  }

  /// Null where no message made one.
  Unit* find_unit(std::uint64_t key) {
    const std::uint32_t number = slots[slot_of(key)];
    return number == no_unit ? nullptr : &units[number];
  }

  Unit& unit_of(std::uint64_t key) {
    const std::size_t at = slot_of(key);
    if (slots[at] != no_unit) return units[slots[at]];
    if (units.size() == options.most_senders) {
      folded_keys.add(key);
      return folded;
    }
    slots[at] = static_cast<std::uint32_t>(units.size());
    units.emplace_back();
    keys.push_back(key);
    if (units.size() * 2 > slots.size()) grow();
    return units.back();
  }

  void grow() {
    slots.assign(slots.size() * 2, no_unit);
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
      std::size_t at = keys[i] & (slots.size() - 1);
      while (slots[at] != no_unit)
        at = (at + 1) & (slots.size() - 1);
      slots[at] = i;
    }
  }

  // --- one message ---

  void note_time(const Message& m) {
    if (!m.submission.time) return;
    const UnixTime time = *m.submission.time;
    Totals& totals = report.totals;
    if (!totals.first || time < *totals.first) totals.first = time;
    if (!totals.last || time > *totals.last) totals.last = time;
    const std::int64_t day = day_of(time);
    if (day == last_day) return;
    last_day = day;
    days.add(day);
  }

  /// Whether Direct Send could concern the message; counts it aside otherwise. A bystander is
  /// anonymous mail that connectors may concern all the same.
  enum class Concern { yes, bystander, no };
  Concern concern_of(const Message& m) {
    const policy::Submission& s = m.submission;
    Aside& aside = report.totals.aside;
    if ((options.since && (!s.time || *s.time < *options.since)) ||
        (options.until && (!s.time || *s.time >= *options.until))) {
      aside.other_period += m.count;
      return Concern::no;
    }
    if (s.authenticated == Known::yes) {
      aside.authenticated += m.count;
      return Concern::no;
    }
    if (s.reverse_path.state == ReversePath::State::null) {
      aside.null_reverse_path += m.count;
      return Concern::bystander;
    }
    // A DMARC report says who received the mail, often not for whom.
    if (!s.recipient_domain && !m.received_by.empty() &&
        policy.owner_of(m.received_by) == policy::no_tenant) {
      aside.other_receiver += m.count;
      return Concern::no;
    }
    std::uint32_t recipient = policy::no_tenant;
    if (s.recipient_domain) {
      recipient = policy.owner_of(*s.recipient_domain);
      if (recipient == policy::no_tenant) {
        aside.other_tenant += m.count;
        return Concern::no;
      }
    }
    const auto is_ours = [&](std::string_view domain) {
      const std::uint32_t owner = policy.owner_of(domain);
      return owner != policy::no_tenant && (!s.recipient_domain || owner == recipient);
    };
    if (s.reverse_path.state == ReversePath::State::address) {
      if (is_ours(s.reverse_path.domain)) return Concern::yes;
      if (is_ours(m.header_from_domain)) {
        aside.header_from_only += m.count;
      } else {
        aside.external_sender += m.count;
        mailboxes.add(hash_text(m.recipient));
        if (s.client_ip) {
          foreign.add(address_key(*s.client_ip),
                      static_cast<std::uint32_t>(std::min<std::uint64_t>(m.count, UINT32_MAX)));
        }
      }
      return Concern::bystander;
    }
    without_reverse_path += m.count;
    if (is_ours(m.header_from_domain)) return Concern::yes;
    uncertain_external += m.count;
    aside.external_sender += m.count;
    return Concern::bystander;
  }

  static std::uint64_t address_key(IpAddress address) noexcept {
    const uint128 key = grouping_address(address).key();
    const std::uint64_t mixed =
        (static_cast<std::uint64_t>(key) ^ static_cast<std::uint64_t>(key >> 64)) *
        0x9e3779b97f4a7c15u;
    return mixed ^ mixed >> 29;
  }

  /// Whether an earlier source held the same message to the same recipient. A fragment that names
  /// no recipient is compared by its id alone.
  bool known_already(const Message& m, std::uint64_t recipient_hash) {
    if (options.most_joined == 0 || options.one_source) return false;
    bool known = false;
    for (const std::uint64_t id : MessageIds(m).of) {
      if (id == 0) continue;
      const std::uint64_t of_message = id * 5;
      const std::uint64_t key = m.recipient.empty() ? of_message : (id * 3) ^ recipient_hash;
      const std::uint32_t first = seen.of(key);
      if (first == 0) {
        seen.add(key, source);
        seen.add(of_message, source);
      }
      known = known || (first != 0 && first != source);
    }
    return known;
  }

  void receive(const Message& m) {
    if (m.fragment) {
      // Counted as told elsewhere; finish() takes back what turns out to stand alone.
      report.totals.not_relevant += m.count;
      report.totals.aside.other_source += m.count;
      note_time(m);
      open.add_fragment(m);
      return;
    }
    if (const auto fragment = open.fragment_of(m)) {
      Message completed = m;
      complete(completed, *fragment);
      take(completed);
      return;
    }
    const bool path_known = m.submission.reverse_path.state != ReversePath::State::unknown;
    const std::string_view domain =
        path_known ? m.submission.reverse_path.domain : m.header_from_domain;
    const bool lacks_something =
        (!path_known || m.details_elsewhere) && policy.owner_of(domain) != policy::no_tenant;
    const bool may_be_joined = options.most_joined > 0 && !options.one_source;
    if (may_be_joined && lacks_something && open.park(m, source)) return;
    take(m);
  }

  /// What waited to the end is taken as it is now, each as of the file that it came from: two
  /// traces that overlap hold one message twice.
  void close_open() {
    open.each_parked([this](const Message& m, std::uint32_t its_source) {
      source = its_source;
      take(m);
    });
    source = ++sources;
    open.each_lone_fragment([this](const Message& m) {
      const policy::Submission& s = m.submission;
      if (s.reverse_path.state == ReversePath::State::unknown && !s.client_ip) return;
      report.totals.not_relevant -= m.count;
      report.totals.aside.other_source -= m.count;
      take(m);
    });
  }

  void take(const Message& m) {
    ++messages;
    note_time(m);
    const Concern concern = concern_of(m);
    if (concern != Concern::yes) {
      report.totals.not_relevant += m.count;
      if (concern == Concern::bystander) keep(bystanders, m.submission, m, no_unit);
      return;
    }
    const std::string_view domain = m.sender_domain();
    const std::uint64_t path_hash = hash_text(m.reverse_path);
    const std::uint64_t recipient_hash = hash_text(m.recipient);
    const std::string_view id_domain = message_id_domain(m.message_id);
    const std::uint64_t key =
        m.submission.client_ip ? address_key(*m.submission.client_ip) : path_hash ^ path_hash >> 29;
    if (known_already(m, recipient_hash)) {
      report.totals.not_relevant += m.count;
      report.totals.aside.other_source += m.count;
      // One that came by another way than the first has no unit here.
      if (Unit* unit = find_unit(key)) {
        enrich(*unit, m, id_domain);
        if (options.published_spf) spf_questions.note(*unit, m, domain, true);
      }
      return;
    }
    report.totals.used += m.count;
    Message known = m;
    known.submission.azure_communication_services =
        is_acs(m.helo) || is_acs(m.client_hostname) || is_acs(id_domain);
    const policy::Verdict now = decide(policy, known.submission);
    const policy::Verdict then = decide(rejecting, known.submission);
    refused_already += now.action == policy::Action::reject ? m.count : 0;

    Unit& unit = unit_of(key);
    if (unit.messages == 0) start(unit, m);
    unit.domains.add(domain, hash_text(domain), m.count);
    add(unit, m, path_hash, recipient_hash, id_domain);
    if (options.published_spf) spf_questions.note(unit, m, domain, false);
    if (claims_anything(m.results)) by_claims[index_of(m.results.claims)] += m.count;
    count(unit.now, now.action, m.count);
    count(unit.with_rejection, then.action, m.count);
    unit.reasons[static_cast<std::size_t>(then.reason)] += m.count;
    unit.missing |= then.missing;
    unit.notes |= then.notes;
    if (then.action == policy::Action::accept && then.connector != policy::no_connector) {
      unit.add_connector(policy.connector(then.connector).name);
    }
    if (&unit == &folded) {
      report.unkept += options.most_shapes > 0 ? m.count : 0;
    } else {
      keep(unit.shapes, known.submission, m, static_cast<std::uint32_t>(&unit - units.data()));
    }
  }

  /// Counts the message to its shape among `shapes`, which are those of the unit of that number.
  void keep(std::vector<Shape>& shapes, const policy::Submission& submission, const Message& m,
            std::uint32_t number) {
    if (options.most_shapes == 0) return;
    Shape shape = Shape::of(submission);
    const std::vector<UnixTime>& changes = options.connector_changes;
    const std::uint64_t key = shape.hash(changes) * 31 + number;
    const auto [place, added] =
        shape_places.try_emplace(key, static_cast<std::uint32_t>(shapes.size()));
    // Two shapes of one hash: the second is told apart by looking.
    std::size_t at = place->second;
    if (!added && !shapes[at].alike(shape, changes)) {
      const auto same = std::find_if(shapes.begin(), shapes.end(),
                                     [&](const Shape& s) { return s.alike(shape, changes); });
      at = static_cast<std::size_t>(same - shapes.begin());
    }
    if (at == shapes.size()) {
      if (kept_shapes == options.most_shapes) {
        if (added) shape_places.erase(place);
        (number == no_unit ? report.unkept_bystanders : report.unkept) += m.count;
        return;
      }
      ++kept_shapes;
      shapes.push_back(std::move(shape));
    }
    shapes[at].messages += m.count;
    if (m.delivery == evidence::Delivery::quarantine || m.delivery == evidence::Delivery::blocked) {
      shapes[at].unwanted += m.count;
    }
  }

  bool is_acs(std::string_view host) const {
    const std::uint16_t service = host.empty() ? no_service : context.services.of_host(host);
    return service != no_service &&
           context.services[service].kind == ServiceKind::azure_communication_services;
  }

  static void start(Unit& unit, const Message& m) {
    if (m.submission.client_ip) {
      unit.address_known = true;
      unit.address_count = 1;
      unit.addresses = {*m.submission.client_ip};
    }
  }

  void add_name(Unit& unit, Samples& into, std::string_view host) const {
    if (host.empty()) return;
    const std::size_t before = into.size();
    into.add(host, hash_text(host));
    if (into.size() > before && unit.service == no_service) {
      unit.service = context.services.of_host(host);
    }
  }

  /// Names of the client and of the message; also from a source that tells the same message again.
  void add_names(Unit& unit, const Message& m, std::string_view id_domain) const {
    const auto from_outlook = [](std::string_view host) {
      return iends_with(host, ".outbound.protection.outlook.com") ||
             iends_with(host, ".prod.outlook.com");
    };
    if (!m.helo.empty()) {
      unit.with_helo += m.count;
      unit.bracketed_helo += m.helo.starts_with('[') ? m.count : 0;
      unit.outlook_host += from_outlook(m.helo) ? m.count : 0;
      if (!m.helo.starts_with('[')) add_name(unit, unit.hosts, m.helo);
    }
    if (!m.client_hostname.empty()) {
      unit.with_reverse_name += m.count;
      const bool none = iequals(m.client_hostname, "InfoDomainNonexistent") ||
                        iequals(m.client_hostname, "unknown");
      unit.no_reverse_name += none ? m.count : 0;
      unit.outlook_host += from_outlook(m.client_hostname) ? m.count : 0;
      if (!none) add_name(unit, unit.hosts, m.client_hostname);
    }
    if (!id_domain.empty() && unit.with_message_id < unit.messages) {
      unit.with_message_id += m.count;
      if (iends_with(id_domain, ".prod.outlook.com")) {
        unit.exchange_ids += m.count;
      } else if (policy.owner_of(id_domain) != policy::no_tenant) {
        unit.own_domain_ids += m.count;
      }
      add_name(unit, unit.message_id_domains, id_domain);
    }
    if (unit.subjects.size() < 3 && !m.subject.empty() &&
        std::find(unit.subjects.begin(), unit.subjects.end(), m.subject) == unit.subjects.end()) {
      unit.subjects.emplace_back(m.subject.substr(0, 200));
    }
  }

  /// A signature that passed speaks for the sender where it is the author's. Evidence that does not
  /// name the signer leaves that to DMARC, which passes for no other.
  static bool is_signed_by_author(const evidence::AuthResults& results) {
    if (results.dkim != AuthResult::pass) return false;
    if (results.dkim_is_authors != Known::unknown) return results.dkim_is_authors == Known::yes;
    return results.dmarc == AuthResult::pass;
  }

  /// Whether it was a result that was believed or verified.
  static bool claims_anything(const evidence::AuthResults& results) {
    return results.claims != evidence::Claims::believed || results.spf != AuthResult::unknown ||
           results.dkim != AuthResult::unknown || results.dmarc != AuthResult::unknown;
  }

  static void add_results(Unit& unit, const Message& m) {
    unit.signed_by_author += is_signed_by_author(m.results) ? m.count : 0;
    unit.spf[index_of(m.results.spf)] += m.count;
    unit.dkim[index_of(m.results.dkim)] += m.count;
    unit.dmarc[index_of(m.results.dmarc)] += m.count;
    unit.compauth[index_of(m.results.compauth)] += m.count;
    if (m.results.published_spf != AuthResult::unknown) {
      unit.published_spf[index_of(m.results.published_spf)] += m.count;
    }
    unit.claims_unconfirmed += m.results.claims == evidence::Claims::not_confirmed ? m.count : 0;
  }

  /// A source that tells the same message again may know names and results that the first did not.
  void enrich(Unit& unit, const Message& m, std::string_view id_domain) const {
    add_names(unit, m, id_domain);
    const auto nothing_known = [&](const ResultCounts& counts) {
      return counts[index_of(AuthResult::unknown)] == unit.messages;
    };
    if (unit.results_from_elsewhere || (nothing_known(unit.spf) && nothing_known(unit.dkim))) {
      unit.results_from_elsewhere = true;
      add_results(unit, m);
    }
  }

  void add(Unit& unit, const Message& m, std::uint64_t path_hash, std::uint64_t recipient_hash,
           std::string_view id_domain) {
    const policy::Submission& s = m.submission;
    unit.messages += m.count;
    if (s.time) {
      if (!unit.first || *s.time < *unit.first) unit.first = s.time;
      if (!unit.last || *s.time > *unit.last) unit.last = s.time;
      unit.days.add(day_of(*s.time), m.count);
    }
    if (!m.recipient.empty()) {
      unit.recipients.add(recipient_hash);
      mailboxes.add(recipient_hash);
    }
    if (!m.reverse_path.empty()) {
      unit.reverse_paths.add(path_hash);
      unit.path_samples.add(m.reverse_path, path_hash, m.count);
      unit.to_self += path_hash == recipient_hash ? m.count : 0;
    }
    add_results(unit, m);
    unit.delivery[static_cast<std::size_t>(m.delivery)] += m.count;
    add_names(unit, m, id_domain);
    if (!m.upstream_hostname.empty() || m.upstream_address) add_upstream(unit, m);
    if (unit.message_ids.size() < 3 && !m.message_id.empty()) {
      unit.message_ids.emplace_back(m.message_id.substr(0, 200));
    }
  }

  static void add_upstream(Unit& unit, const Message& m) {
    const std::string address = m.upstream_address ? m.upstream_address->text() : std::string{};
    const bool named = !m.upstream_hostname.empty() && m.upstream_hostname != "unknown";
    const std::string name = address.empty() ? std::string(m.upstream_hostname)
                             : named         ? fmt::format("{} ({})", m.upstream_hostname, address)
                                             : address;
    unit.upstreams.add(name, hash_text(name), m.count);
  }

  // --- the report ---

  Surroundings surroundings(const Unit& group) const {
    Surroundings out{context, 0, 0, 0, report.totals.used};
    for (const IpAddress address : group.addresses)
      out.foreign_messages += foreign.of(address_key(address));
    group.path_samples.each_hash([&](std::uint64_t hash) {
      ++out.sampled_senders;
      out.mailbox_senders += mailboxes.of(hash) > 0 ? 1 : 0;
    });
    return out;
  }

  static void add_upstreams(Sender& sender, const Unit& group) {
    sender.upstreams = group.upstreams.top(8);
    if (sender.upstreams.empty()) return;
    std::string names;
    for (std::size_t i = 0; i < sender.upstreams.size() && i < 3; ++i)
      names += fmt::format("{}{}", i == 0 ? "" : ", ", printable(sender.upstreams[i]));
    if (sender.upstreams.size() > 3) names += ", …";
    sender.reasons.push_back(fmt::format("comes over your own relay; behind it: {}", names));
  }

  void remark_on_claims() {
    const auto of = [this](evidence::Claims claims) { return by_claims[index_of(claims)]; };
    using evidence::Claims;
    const std::uint64_t checked = of(Claims::verified) + of(Claims::not_confirmed);
    auto& remarks = report.remarks;
    if (of(Claims::believed) > 0) {
      remarks.push_back(fmt::format(
          "what {} mail(s) say of SPF, DKIM and DMARC in their own header was believed: --resolve "
          "verifies it",
          of(Claims::believed)));
    }
    if (checked > 0) {
      std::string remark =
          fmt::format("{} mail(s) were verified anew, with the keys and records of today", checked);
      if (of(Claims::not_confirmed) > 0) {
        remark += fmt::format(
            "; {} claim a pass that this does not bear out, and it counts as unknown (keys are "
            "withdrawn, and mail that was exported from a mailbox is often rewritten)",
            of(Claims::not_confirmed));
      }
      remarks.push_back(std::move(remark));
    }
    if (of(Claims::not_checked) > 0) {
      remarks.push_back(
          fmt::format("{} mail(s) could not be verified in time, or not to their end, and a pass "
                      "that they claim "
                      "counts as unknown: "
                      "run again, with more --resolve-time or another --resolver",
                      of(Claims::not_checked)));
    }
  }

  Report finish() {
    close_open();
    if (options.published_spf) {
      spf_questions.ask(units, options.published_spf, options.most_questions);
    }
    for (const Unit& group : group_units(std::move(units), policy)) {
      report.senders.push_back(name_sender(group, surroundings(group)));
      add_upstreams(report.senders.back(), group);
    }
    units.clear();
    report.bystanders = std::move(bystanders);
    if (folded.messages > 0) {
      report.folded_senders = folded_keys.count();
      report.folded_messages = folded.messages;
      Sender rest = name_sender(folded, surroundings(folded));
      rest.name = fmt::format("{} further senders", report.folded_senders);
      rest.kind = Kind::unknown;
      rest.looks = Looks::unclear;
      rest.confidence = 0;
      rest.reasons = {"more senders than are kept apart; see --most-senders"};
      rest.doubts.clear();
      report.senders.push_back(std::move(rest));
    }
    total();
    sort();
    remark();
    return std::move(report);
  }

  void total() {
    Totals& t = report.totals;
    t.days = days.count();
    t.rows = t.used + t.not_relevant + t.bad;
    for (const Sender& sender : report.senders) {
      const Counts& c = sender.with_rejection;
      t.undetermined += c.undetermined;
      t.accepted += c.accept;
      t.senders_undetermined += c.undetermined > 0 ? 1 : 0;
      t.senders_accepted += c.accept == sender.messages ? 1 : 0;
      t.missing |= sender.missing;
      if (c.reject == 0) continue;
      switch (sender.looks) {
        case Looks::legitimate:
          t.rejected_legitimate += c.reject;
          ++t.senders_legitimate;
          break;
        case Looks::forged:
          t.rejected_forged += c.reject;
          ++t.senders_forged;
          break;
        case Looks::unclear:
          t.rejected_unclear += c.reject;
          ++t.senders_unclear;
          break;
      }
    }
  }

  // Who would break, then who may break, then the rest.
  static int rank(const Sender& sender) {
    if (sender.with_rejection.reject > 0) {
      return sender.looks == Looks::legitimate ? 0 : sender.looks == Looks::unclear ? 1 : 3;
    }
    return sender.with_rejection.undetermined > 0 ? 2 : 4;
  }

  void sort() {
    std::sort(report.senders.begin(), report.senders.end(), [](const Sender& a, const Sender& b) {
      if (rank(a) != rank(b)) return rank(a) < rank(b);
      if (a.messages != b.messages) return a.messages > b.messages;
      return a.name < b.name;
    });
  }

  void remark_on_files() {
    auto& remarks = report.remarks;
    bool reports = false;
    bool others = false;
    bool unknown_relay = false;
    std::uint64_t forgotten = 0;
    for (const auto& file : report.files) {
      if (file.messages == 0) continue;
      const bool is_report = file.format == evidence::Format::dmarc_xml;
      reports = reports || is_report;
      others = others || !is_report;
      forgotten += file.forgotten;
    }
    for (const auto& sender : report.senders)
      unknown_relay = unknown_relay || (!sender.upstreams.empty() && sender.address_count == 0);
    if (reports) {
      remarks.emplace_back(
          "DMARC reports tell the day of a message, not its time, and only what receivers chose "
          "to report");
    }
    if (reports && others) {
      remarks.emplace_back(
          "DMARC reports name no single message: mail that other evidence holds too is counted "
          "twice");
    }
    if (forgotten > 0) {
      remarks.push_back(fmt::format(
          "{} messages of a log were let go before their end, too many being under way at once: "
          "their sender may be unknown",
          forgotten));
    }
    if (unknown_relay) {
      remarks.emplace_back(
          "a relay's log does not say under which address the relay reaches Exchange Online: give "
          "it with --relay-ip");
    }
  }

  void remark() {
    remark_on_files();
    remark_on_claims();
    for (std::string& said : spf_questions.remarks())
      report.remarks.push_back(std::move(said));
    const Totals& t = report.totals;
    auto& remarks = report.remarks;
    bool events = false;
    for (const auto& file : report.files) {
      events = events || file.format == evidence::Format::email_events_csv ||
               file.format == evidence::Format::email_events_json ||
               file.format == evidence::Format::email_events_json_lines;
    }
    if (events) {
      remarks.emplace_back(
          "EmailEvents holds only what Exchange accepted: mail that is refused at the door, today "
          "or after the switch, never appears there");
    }
    if (t.first && t.last && t.days < 30) {
      remarks.push_back(fmt::format(
          "the evidence covers {} day{}: what sends monthly or quarterly may be missing", t.days,
          t.days == 1 ? "" : "s"));
    }
    if (without_reverse_path > 0) {
      std::string remark = fmt::format(
          "{} messages come without their envelope sender (traces and summary reports do not hold "
          "it)",
          without_reverse_path);
      if (uncertain_external > 0) {
        remark += fmt::format("; {} of them show a foreign sender address and were set aside",
                              uncertain_external);
      }
      remarks.push_back(std::move(remark));
    }
    for (const evidence::Tally& file : report.files) {
      if (file.incomplete) {
        remarks.push_back(fmt::format(
            "{} says itself that it is not the whole answer: fetch the following pages too",
            printable(file.file)));
      }
    }
    if (open.dropped() > 0) {
      remarks.push_back(fmt::format(
          "{} rows could not wait for their other half (--most-joined): they stay as undetermined "
          "as they came",
          open.dropped()));
    }
    if (seen.full()) {
      remarks.push_back(fmt::format(
          "more than {} messages: later ones are not compared between sources and may be counted "
          "twice",
          options.most_joined));
    }
    if (refused_already > 0) {
      remarks.push_back(
          fmt::format("{} messages arrived that the tenant's settings refuse: the settings are "
                      "younger than the "
                      "evidence, or a choice in docs/choices.md does not fit this tenant",
                      refused_already));
    }
    if (t.senders_accepted > 0) {
      bool acs = false;
      for (const Sender& sender : report.senders) {
        acs = acs || sender.kind == Kind::azure_communication_services;
      }
      if (acs) {
        remarks.emplace_back(
            "Azure Communication Services are taken as exempt, as Microsoft says since 2026-02 "
            "(acs_exempt)");
      }
    }
    policy::Note notes = policy::Note::none;
    for (const Sender& sender : report.senders)
      notes |= sender.notes;
    for (const std::string_view sentence : policy::sentences_of(notes)) {
      remarks.push_back(std::string("some verdicts: ") + std::string(sentence));
    }
  }
};

Collector::Collector(const policy::Policy& policy, Context context, const Options& options)
    : state_(std::make_unique<State>(policy, std::move(context), options)) {}
Collector::~Collector() = default;

void Collector::message(const Message& m) {
  state_->receive(m);
}

void Collector::not_relevant(evidence::NotRelevant why) {
  Totals& totals = state_->report.totals;
  ++totals.not_relevant;
  switch (why) {
    case evidence::NotRelevant::outbound:
      ++totals.aside.outbound;
      return;
    case evidence::NotRelevant::other_event:
      ++totals.aside.other_event;
      return;
    case evidence::NotRelevant::duplicate:
      ++totals.aside.duplicate;
      return;
    case evidence::NotRelevant::not_mail:
      ++totals.aside.not_mail;
      return;
    case evidence::NotRelevant::other_receiver:
      ++totals.aside.other_receiver;
      return;
  }
}

void Collector::bad(const evidence::BadRow& row) {
  ++state_->report.totals.bad;
  auto& rows = state_->report.bad_rows;
  if (rows.size() >= state_->options.most_bad_rows) return;
  std::string line = printable(row.file);
  if (row.line > 0) line += fmt::format(":{}", row.line);
  if (row.row > 0) line += fmt::format(": row {}", row.row);
  if (!row.column.empty()) line += fmt::format(": {}", printable(row.column));
  rows.push_back(line + " " + printable(row.what));
}

void Collector::member_begins() {
  state_->options.one_source = false;
  state_->around.push_back(state_->source);
  state_->source = ++state_->sources;
}

void Collector::member_done(const evidence::Tally& tally) {
  if (tally.rows > 0) state_->report.files.push_back(tally);
  state_->source = state_->around.back();
  state_->around.pop_back();
}

void Collector::file_done(const evidence::Tally& tally) {
  // What is in an archive was told by its members.
  const bool only_members = tally.format == evidence::Format::archive && tally.rows == 0;
  if (!only_members) state_->report.files.push_back(tally);
  state_->source = ++state_->sources;
}

Report Collector::finish() {
  return state_->finish();
}

}  // namespace postern::impact
