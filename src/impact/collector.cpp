// Takes messages, keeps one Unit a source, and makes the report of them.
//
// A unit is a client address (IPv6: its /64); without an address, an envelope sender. At the end
// units become one sender where they fare alike (same authentication results, same connector) and
// carry the names of the same online service or of the same organisation's servers, or sit in the
// same /24 and use one and the same envelope sender. Names alone never join units: HELO names are
// whatever the client says, so an attacker who copies one must not end up in its group.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "impact/impact.hpp"
#include "impact/naming.hpp"

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

std::size_t index_of(AuthResult result) {
  return static_cast<std::size_t>(result);
}

}  // namespace

struct Collector::State {
  State(const policy::Policy& as_is, const Options& given)
      : policy(as_is), rejecting(as_is.with_reject_direct_send(true)), options(given) {
    slots.assign(1 << 12, no_unit);
  }

  policy::Policy policy;
  policy::Policy rejecting;
  Options options;

  std::vector<Unit> units;
  std::vector<std::uint64_t> keys;   // parallel to units
  std::vector<std::uint32_t> slots;  // open addressing over units
  Unit folded;
  DistinctCount folded_keys;

  Report report;
  std::uint64_t messages = 0;
  std::uint64_t uncertain_external = 0;
  std::uint64_t without_reverse_path = 0;
  std::uint64_t refused_already = 0;
  DaySet days;
  std::int64_t last_day = -1;

  // --- units ---

  Unit& unit_of(std::uint64_t key) {
    const std::size_t mask = slots.size() - 1;
    std::size_t at = key & mask;
    for (; slots[at] != no_unit; at = (at + 1) & mask) {
      if (keys[slots[at]] == key) return units[slots[at]];
    }
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

  /// Whether Direct Send could concern the message; counts it aside otherwise.
  bool concerns(const Message& m) {
    const policy::Submission& s = m.submission;
    Aside& aside = report.totals.aside;
    if (s.authenticated == Known::yes) {
      ++aside.authenticated;
      return false;
    }
    if (s.reverse_path.state == ReversePath::State::null) {
      ++aside.null_reverse_path;
      return false;
    }
    std::uint32_t recipient = policy::no_tenant;
    if (s.recipient_domain) {
      recipient = policy.owner_of(*s.recipient_domain);
      if (recipient == policy::no_tenant) {
        ++aside.other_tenant;
        return false;
      }
    }
    const auto is_ours = [&](std::string_view domain) {
      const std::uint32_t owner = policy.owner_of(domain);
      return owner != policy::no_tenant && (!s.recipient_domain || owner == recipient);
    };
    if (s.reverse_path.state == ReversePath::State::address) {
      if (is_ours(s.reverse_path.domain)) return true;
      ++(is_ours(m.header_from_domain) ? aside.header_from_only : aside.external_sender);
      return false;
    }
    ++without_reverse_path;
    if (is_ours(m.header_from_domain)) return true;
    ++uncertain_external;
    ++aside.external_sender;
    return false;
  }

  void take(const Message& m) {
    ++messages;
    note_time(m);
    if (!concerns(m)) {
      ++report.totals.not_relevant;
      return;
    }
    ++report.totals.used;
    Message known = m;
    const std::string_view id_domain = message_id_domain(m.message_id);
    known.submission.azure_communication_services =
        service_of_acs(m.helo) || service_of_acs(m.client_hostname) || service_of_acs(id_domain);
    const policy::Verdict now = decide(policy, known.submission);
    const policy::Verdict then = decide(rejecting, known.submission);
    refused_already += now.action == policy::Action::reject ? 1 : 0;

    const std::string_view domain = m.submission.reverse_path.state == ReversePath::State::address
                                        ? m.submission.reverse_path.domain
                                        : m.header_from_domain;
    const std::uint64_t path_hash = hash_text(m.reverse_path);
    std::uint64_t key = 0;
    if (m.submission.client_ip) {
      const uint128 address = grouping_address(*m.submission.client_ip).key();
      key = (static_cast<std::uint64_t>(address) ^ static_cast<std::uint64_t>(address >> 64)) *
            0x9e3779b97f4a7c15u;
    } else {
      key = path_hash;
    }
    Unit& unit = unit_of(key ^ key >> 29);
    if (unit.messages == 0) start(unit, m);
    unit.domains.add(domain, hash_text(domain));
    add(unit, m, path_hash, id_domain);
    count(unit.now, now.action);
    count(unit.with_rejection, then.action);
    ++unit.reasons[static_cast<std::size_t>(then.reason)];
    unit.missing |= then.missing;
    unit.notes |= then.notes;
    if (then.action == policy::Action::accept && then.connector != policy::no_connector) {
      unit.add_connector(policy.connector(then.connector).name);
    }
  }

  static bool service_of_acs(std::string_view host) {
    return !host.empty() && iends_with(host, "azurecomm.net");
  }

  static void start(Unit& unit, const Message& m) {
    if (m.submission.client_ip) {
      unit.address_known = true;
      unit.address_count = 1;
      unit.addresses = {*m.submission.client_ip};
    }
  }

  static void add_host(Unit& unit, std::string_view host) {
    if (host.empty()) return;
    const std::size_t before = unit.hosts.size();
    unit.hosts.add(host, hash_text(host));
    if (unit.hosts.size() > before && unit.service == no_service) unit.service = service_of(host);
  }

  static void add(Unit& unit, const Message& m, std::uint64_t path_hash,
                  std::string_view id_domain) {
    const policy::Submission& s = m.submission;
    ++unit.messages;
    if (s.time) {
      if (!unit.first || *s.time < *unit.first) unit.first = s.time;
      if (!unit.last || *s.time > *unit.last) unit.last = s.time;
      unit.days.add(day_of(*s.time));
    }
    const std::uint64_t recipient_hash = hash_text(m.recipient);
    unit.recipients.add(recipient_hash);
    if (!m.reverse_path.empty()) {
      unit.reverse_paths.add(path_hash);
      unit.path_samples.add(m.reverse_path, path_hash);
      unit.to_self += path_hash == recipient_hash ? 1 : 0;
    }
    ++unit.spf[index_of(m.results.spf)];
    ++unit.dkim[index_of(m.results.dkim)];
    ++unit.dmarc[index_of(m.results.dmarc)];
    ++unit.compauth[index_of(m.results.compauth)];
    ++unit.delivery[static_cast<std::size_t>(m.delivery)];
    if (m.helo.starts_with('[')) {
      ++unit.bracketed_helo;
    } else {
      add_host(unit, m.helo);
    }
    if (iequals(m.client_hostname, "InfoDomainNonexistent")) {
      ++unit.no_reverse_name;
    } else {
      add_host(unit, m.client_hostname);
    }
    if (!id_domain.empty()) {
      if (iends_with(id_domain, ".prod.outlook.com")) ++unit.own_message_ids;
      const std::size_t before = unit.message_id_domains.size();
      unit.message_id_domains.add(id_domain, hash_text(id_domain));
      if (unit.message_id_domains.size() > before && unit.service == no_service) {
        unit.service = service_of(id_domain);
      }
    }
    if (unit.subjects.size() < 3 && !m.subject.empty() &&
        std::find(unit.subjects.begin(), unit.subjects.end(), m.subject) == unit.subjects.end()) {
      unit.subjects.emplace_back(m.subject.substr(0, 200));
    }
    if (unit.message_ids.size() < 3 && !m.message_id.empty()) {
      unit.message_ids.emplace_back(m.message_id.substr(0, 200));
    }
  }

  // --- the report ---

  /// What a unit shares with others of the same sender.
  std::string group_key(const Unit& unit, std::size_t number) const {
    const std::string fares = how_it_fares(unit);
    if (unit.service != no_service) {
      return fmt::format("service {} {} {}", unit.service, unit.domain(), fares);
    }
    for (const std::string& host : unit.hosts.top(8)) {
      const auto normal = normalise_domain(host);
      if (normal && normal->find('.') != std::string::npos &&
          policy.owner_of(*normal) == policy::no_tenant && !is_made_of_address(*normal, unit)) {
        return fmt::format("host {} {} {}", organisation_of(*normal), unit.domain(), fares);
      }
    }
    if (unit.addresses.size() == 1 && unit.addresses[0].is_v4() &&
        unit.reverse_paths.count() == 1) {
      return fmt::format("net {} {} {}", unit.addresses[0].v4() >> 8,
                         to_lower(unit.path_samples.top(1).front()), fares);
    }
    return fmt::format("unit {}", number);
  }

  /// Authentication results that hold for most of the mail, and the connector.
  static std::string how_it_fares(const Unit& unit) {
    std::string out;
    for (const ResultCounts* counts : {&unit.spf, &unit.dkim, &unit.dmarc}) {
      const auto most = std::max_element(counts->begin(), counts->end());
      out += static_cast<char>('a' + (most - counts->begin()));
    }
    return unit.connectors.empty() ? out : out + ' ' + unit.connectors.front();
  }

  /// A name that a provider made of the address (ec2-198-51-100-7.…) tells of the provider, whose
  /// customers have nothing in common.
  static bool is_made_of_address(std::string_view host, const Unit& unit) {
    if (unit.addresses.size() != 1 || !unit.addresses[0].is_v4()) return false;
    const std::uint32_t v4 = unit.addresses[0].v4();
    const auto octet = [&](unsigned i) { return std::to_string(v4 >> (24 - 8 * i) & 0xff); };
    for (const char separator : {'-', '.', '_'}) {
      const std::string forward = octet(2) + separator + octet(3);
      const std::string backward = octet(3) + separator + octet(2);
      if (host.find(forward) != std::string_view::npos ||
          host.find(backward) != std::string_view::npos) {
        return true;
      }
    }
    return false;
  }

  Report finish() {
    std::map<std::string, Unit> groups;
    for (std::size_t i = 0; i < units.size(); ++i) {
      const std::string key = group_key(units[i], i);
      const auto [place, added] = groups.try_emplace(key);
      if (added) {
        place->second = std::move(units[i]);
      } else {
        place->second.merge(units[i]);
      }
    }
    units.clear();
    for (const auto& [key, group] : groups) {
      report.senders.push_back(name_sender(group));
    }
    groups.clear();
    if (folded.messages > 0) {
      report.folded_senders = folded_keys.count();
      report.folded_messages = folded.messages;
      Sender rest = name_sender(folded);
      rest.name = fmt::format("{} further senders", report.folded_senders);
      rest.kind = Kind::unknown;
      rest.looks = Looks::unclear;
      rest.reasons = {"more senders than are kept apart; see --most-senders"};
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

  void remark() {
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
          "{} messages come without their envelope sender (summary reports do not hold it)",
          without_reverse_path);
      if (uncertain_external > 0) {
        remark += fmt::format("; {} of them show a foreign sender address and were set aside",
                              uncertain_external);
      }
      remarks.push_back(std::move(remark));
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

Collector::Collector(const policy::Policy& policy, const Options& options)
    : state_(std::make_unique<State>(policy, options)) {}
Collector::~Collector() = default;

void Collector::message(const Message& m) {
  state_->take(m);
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

void Collector::file_done(const evidence::Tally& tally) {
  state_->report.files.push_back(tally);
}

Report Collector::finish() {
  return state_->finish();
}

}  // namespace postern::impact
