// Takes messages, keeps one Unit a source (a client address, IPv6: its /64; without an address, an
// envelope sender), and makes the report of them.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "impact/concern.hpp"
#include "impact/distinct.hpp"
#include "impact/grouping.hpp"
#include "impact/hash_counts.hpp"
#include "impact/impact.hpp"
#include "impact/joined_sources.hpp"
#include "impact/kept_shapes.hpp"
#include "impact/message_halves.hpp"
#include "impact/naming.hpp"
#include "impact/remarks.hpp"
#include "impact/spf_questions.hpp"
#include "impact/totals.hpp"
#include "impact/unit_messages.hpp"
#include "impact/unit_table.hpp"

namespace postern::impact {
namespace {

using evidence::Message;
using policy::ReversePath;

constexpr std::uint32_t bystander_list = 0xffffffff;

IpAddress grouping_address(IpAddress address) {
  return address.is_v4() ? address : Prefix(address, 64).first();
}

// No two grouping addresses have one key.
std::uint64_t address_key(IpAddress address) noexcept {
  const uint128 key = grouping_address(address).key();
  return static_cast<std::uint64_t>(key) ^ static_cast<std::uint64_t>(key >> 64);
}

std::uint64_t unit_key(const Message& m, const Marks& marks) noexcept {
  return m.submission.client_ip ? address_key(*m.submission.client_ip) : marks.path_hash;
}

void add_upstreams(Sender& sender, const Unit& group) {
  sender.upstreams = group.upstreams.top(8);
  if (sender.upstreams.empty()) return;
  std::string names;
  for (std::size_t i = 0; i < sender.upstreams.size() && i < 3; ++i)
    append_item(names, printable(sender.upstreams[i]));
  if (sender.upstreams.size() > 3) names += ", …";
  sender.reasons.push_back(fmt::format("comes over your own relay; behind it: {}", names));
}

}  // namespace

struct Collector::State {
  State(const policy::Policy& as_is, Context given_context, const Options& given)
      : policy(as_is),
        rejecting(as_is.with_reject_direct_send(true)),
        context(std::move(given_context)),
        options(given),
        unit_messages(policy, context.services),
        units(given.most_senders, given.seed),
        sources(given.most_joined, given.seed),
        halves(given.most_joined, given.seed),
        shapes(given.most_shapes, options.connector_changes, given.seed),
        foreign(200'000, given.seed),
        mailboxes(200'000, given.seed) {}

  policy::Policy policy;
  policy::Policy rejecting;
  Context context;
  Options options;
  UnitMessages unit_messages;
  UnitTable units;
  JoinedSources sources;
  MessageHalves halves;
  KeptShapes shapes;
  HashCounts foreign;    // messages of other organisations by client address
  HashCounts mailboxes;  // recipients of the tenant
  DayCounts days;
  std::int64_t last_day = -1;
  SpfQuestions spf_questions;
  ReadingNotes notes;
  Report report;

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

  bool is_outside_period(const Message& m) const {
    const auto& time = m.submission.time;
    return (options.since && (!time || *time < *options.since)) ||
           (options.until && (!time || *time >= *options.until));
  }

  void note_foreign(const Message& m) {
    mailboxes.add(hash_text(m.recipient));
    if (!m.submission.client_ip) return;
    foreign.add(address_key(*m.submission.client_ip),
                static_cast<std::uint32_t>(std::min<std::uint64_t>(m.count, UINT32_MAX)));
  }

  void set_aside(const Message& m, Concern concern) {
    report.totals.not_relevant += m.count;
    Aside& aside = report.totals.aside;
    const bool path_known = m.submission.reverse_path.state != ReversePath::State::unknown;
    switch (concern) {
      case Concern::yes:
        return;
      case Concern::authenticated:
        aside.authenticated += m.count;
        break;
      case Concern::null_reverse_path:
        aside.null_reverse_path += m.count;
        break;
      case Concern::other_receiver:
        aside.other_receiver += m.count;
        break;
      case Concern::other_tenant:
        aside.other_tenant += m.count;
        break;
      case Concern::header_from_only:
        aside.header_from_only += m.count;
        break;
      case Concern::external_sender:
        aside.external_sender += m.count;
        notes.uncertain_external += path_known ? 0 : m.count;
        if (path_known) note_foreign(m);
        break;
    }
    if (is_bystander(concern)) keep_bystander(m);
  }

  void keep_bystander(const Message& m) {
    if (!shapes.wanted()) return;
    if (!shapes.keep(report.bystanders, bystander_list, m.submission, m)) {
      report.unkept_bystanders += m.count;
    }
  }

  bool may_be_joined() const { return options.most_joined > 0 && !options.one_source; }

  void receive(const Message& m) {
    if (m.fragment) {
      // Counted as told elsewhere; finish() takes back what turns out to stand alone.
      report.totals.not_relevant += m.count;
      report.totals.aside.other_source += m.count;
      note_time(m);
      halves.add_fragment(m);
      return;
    }
    if (const auto fragment = halves.fragment_of(m)) {
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
    if (may_be_joined() && lacks_something && halves.park(m, sources.current())) return;
    take(m);
  }

  /// What waited to the end is taken as it is now, each as of the file that it came from: two
  /// traces that overlap hold one message twice.
  void close_halves() {
    halves.each_parked([this](const Message& m, std::uint32_t source) {
      sources.set_current(source);
      take(m);
    });
    sources.begin_next();
    halves.each_lone_fragment([this](const Message& m) {
      const policy::Submission& s = m.submission;
      if (s.reverse_path.state == ReversePath::State::unknown && !s.client_ip) return;
      report.totals.not_relevant -= m.count;
      report.totals.aside.other_source -= m.count;
      take(m);
    });
  }

  void take(const Message& m) {
    note_time(m);
    if (is_outside_period(m)) {
      report.totals.not_relevant += m.count;
      report.totals.aside.other_period += m.count;
      return;
    }
    const Concern concern = concern_of(policy, m);
    const bool path_unknown = m.submission.reverse_path.state == ReversePath::State::unknown;
    if (path_unknown && (concern == Concern::yes || concern == Concern::external_sender)) {
      notes.without_reverse_path += m.count;
    }
    if (concern != Concern::yes) {
      set_aside(m, concern);
      return;
    }
    const Marks marks(m);
    if (may_be_joined() && sources.knows(m, marks.recipient_hash)) {
      take_again(m, marks);
    } else {
      count(m, marks);
    }
  }

  /// Of a message that another source told before. One that came by another way than the first has
  /// no unit here.
  void take_again(const Message& m, const Marks& marks) {
    report.totals.not_relevant += m.count;
    report.totals.aside.other_source += m.count;
    Unit* unit = units.find(unit_key(m, marks));
    if (unit == nullptr) return;
    unit_messages.enrich(*unit, m, marks);
    if (options.published_spf) spf_questions.note(*unit, m, m.sender_domain(), true);
  }

  void count(const Message& m, const Marks& marks) {
    report.totals.used += m.count;
    policy::Submission submission = m.submission;
    submission.azure_communication_services =
        is_acs(m.helo) || is_acs(m.client_hostname) || is_acs(marks.id_domain);
    Unit& unit = units.at(unit_key(m, marks));
    unit_messages.add(unit, m, marks);
    if (!m.recipient.empty()) mailboxes.add(marks.recipient_hash);
    if (options.published_spf) spf_questions.note(unit, m, m.sender_domain(), false);
    if (claims_anything(m.results)) {
      notes.by_claims[static_cast<std::size_t>(m.results.claims)] += m.count;
    }
    judge(unit, submission, m.count);
    if (!shapes.wanted()) return;
    if (units.is_shared(unit) || !shapes.keep(unit.shapes, units.number_of(unit), submission, m)) {
      report.unkept += m.count;
    }
  }

  void judge(Unit& unit, const policy::Submission& submission, std::uint64_t messages) {
    const policy::Verdict now = decide(policy, submission);
    const policy::Verdict then = decide(rejecting, submission);
    notes.refused_already += now.action == policy::Action::reject ? messages : 0;
    impact::count(unit.now, now.action, messages);
    impact::count(unit.with_rejection, then.action, messages);
    unit.reasons[static_cast<std::size_t>(then.reason)] += messages;
    unit.missing |= then.missing;
    unit.notes |= then.notes;
    if (then.action == policy::Action::accept && then.connector != policy::no_connector) {
      unit.add_connector(policy.connector(then.connector).name);
    }
  }

  bool is_acs(std::string_view host) const {
    const std::uint16_t service = host.empty() ? no_service : context.services.of_host(host);
    return service != no_service &&
           context.services[service].kind == ServiceKind::azure_communication_services;
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

  void add_senders() {
    for (const Unit& group : group_units(std::move(units.units()), policy)) {
      report.senders.push_back(name_sender(group, surroundings(group)));
      add_upstreams(report.senders.back(), group);
    }
    const Unit& shared = units.shared();
    if (shared.messages == 0) return;
    report.folded_senders = units.shared_count();
    report.folded_messages = shared.messages;
    Sender rest = name_sender(shared, surroundings(shared));
    rest.name = fmt::format("{} further senders", report.folded_senders);
    rest.kind = Kind::unknown;
    rest.looks = Looks::unclear;
    rest.confidence = 0;
    rest.reasons = {"more senders than are kept apart; see --most-senders"};
    rest.doubts.clear();
    report.senders.push_back(std::move(rest));
  }

  Report finish() {
    close_halves();
    if (options.published_spf) {
      spf_questions.ask(units.units(), options.published_spf, options.most_questions);
    }
    add_senders();
    report.totals.days = days.count();
    sum_up(report);
    sort_senders(report);
    notes.halves_dropped = halves.dropped();
    notes.joining_full = sources.full();
    add_remarks(report, notes, spf_questions, options);
    return std::move(report);
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
  state_->sources.begin_member();
}

void Collector::member_done(const evidence::Tally& tally) {
  if (tally.rows > 0) state_->report.files.push_back(tally);
  state_->sources.end_member();
}

void Collector::file_done(const evidence::Tally& tally) {
  // What is in an archive was told by its members.
  const bool only_members = tally.format.has(evidence::Trait::container) && tally.rows == 0;
  if (!only_members) state_->report.files.push_back(tally);
  state_->sources.begin_next();
}

Report Collector::finish() {
  return state_->finish();
}

}  // namespace postern::impact
