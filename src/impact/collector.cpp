// Takes messages, keeps one Unit a source (a client address, IPv6: its /64; without an address, an
// envelope sender), and makes the report of them.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/period.hpp"
#include "impact/arrivals.hpp"
#include "impact/aside_row.hpp"
#include "impact/attribution.hpp"
#include "impact/concern.hpp"
#include "impact/coverage.hpp"
#include "impact/distinct.hpp"
#include "impact/fates.hpp"
#include "impact/findings.hpp"
#include "impact/grouping.hpp"
#include "impact/hash_counts.hpp"
#include "impact/impact.hpp"
#include "impact/kept_shapes.hpp"
#include "impact/known_recipient.hpp"
#include "impact/message_ids.hpp"
#include "impact/message_join.hpp"
#include "impact/naming.hpp"
#include "impact/proof_of_sender.hpp"
#include "impact/remarks.hpp"
#include "impact/remedy.hpp"
#include "impact/reported_domains.hpp"
#include "impact/spf_questions.hpp"
#include "impact/stated_facts.hpp"
#include "impact/totals.hpp"
#include "impact/unit_key.hpp"
#include "impact/unit_messages.hpp"
#include "impact/unit_table.hpp"

namespace postern::impact {
namespace {

using evidence::Message;
using evidence::View;
using policy::ReversePath;

constexpr std::size_t most_arrivals = 1'000'000;  // whose ids are held against later events

constexpr std::uint32_t bystander_list = 0xffffffff;

}  // namespace

struct Collector::State {
  State(const policy::Readings& given_readings, Context given_context, const Options& given)
      : readings(given_readings),
        policy(readings.chosen()),
        fates(readings, given_context.at_exchange),
        context(std::move(given_context)),
        stated(context.pins, policy),
        options(given),
        unit_messages(policy, context.services),
        units(given.most_senders, given.seed),
        join(given.most_joined, policy, given.seed),
        arrivals(most_arrivals),
        shapes(given.most_shapes, options.connector_changes, given.seed),
        foreign(200'000, given.seed),
        foreign_held_back(200'000, given.seed),
        mailboxes(200'000, given.seed),
        outside(200'000, given.seed),
        reported(context.domains) {}

  policy::Readings readings;
  const policy::Policy& policy;
  Fates fates;
  Context context;
  StatedFacts stated;
  Options options;
  UnitMessages unit_messages;
  UnitTable units;
  MessageJoin join;
  Arrivals arrivals;
  KeptShapes shapes;
  HashCounts foreign;  // messages of other organisations by client address
  HashCounts foreign_held_back;
  HashCounts mailboxes;  // recipients of the tenant
  HashCounts outside;    // messages to recipients outside by envelope sender
  ReportedDomains reported;
  Coverage coverage;
  SpfQuestions spf_questions;
  ReadingNotes notes;
  Report report;
  std::uint64_t fragments = 0;  // of messages that other rows may tell of

  // --- one message ---

  /// Who sees it come in here.
  View seen_by(const Message& m) const {
    return came_in_elsewhere(policy, m) ? View::none : m.view;
  }
  void note_time(UnixTime time, std::uint64_t count, View seen) {
    Totals& totals = report.totals;
    if (!totals.first || time < *totals.first) totals.first = time;
    if (!totals.last || time > *totals.last) totals.last = time;
    coverage.add_day(day_of(time), count, seen);
  }
  void note_arrivals(std::uint64_t count, View seen) {
    report.totals.arrivals += count;
    coverage.add_arrivals(count, seen);
  }
  void note_time(const Message& m, View seen) {
    if (m.submission.time) note_time(*m.submission.time, m.count, seen);
  }

  /// Whether the message is from or to a domain of the tenant.
  bool is_of_the_tenant(const Message& m) const {
    const auto is_ours = [this](std::string_view domain) {
      return !domain.empty() && policy.owner_of(domain) != policy::no_tenant;
    };
    const auto& recipient = m.submission.recipient_domain;
    return (recipient && is_ours(*recipient)) || is_ours(m.sender_domain()) ||
           is_ours(m.header_from_domain) || is_ours(m.received_by);
  }

  bool is_outside_period(const Message& m) const {
    const auto& time = m.submission.time;
    return time && ((options.since && *time < *options.since) ||
                    (options.until && *time >= *options.until));
  }
  bool may_be_outside_period(const Message& m) const {
    return (options.since || options.until) && !m.submission.time;
  }

  static AsideRow row_outside_period(const Message& m) {
    AsideRow row;
    row.count = m.count;
    row.other_period = true;
    return row;
  }

  /// Reads nothing that changes while evidence is read: threads that read ahead ask.
  AsideRow aside_row(const Message& m, Concern concern) const {
    AsideRow row;
    row.count = m.count;
    row.concern = concern;
    row.is_dated = m.submission.time.has_value();
    row.time = m.submission.time.value_or(0);
    row.is_of_the_tenant = is_of_the_tenant(m);
    row.seen = seen_by(m);
    row.path_known = m.submission.reverse_path.state != ReversePath::State::unknown;
    if (concern == Concern::other_tenant) row.sender = hash_text(m.reverse_path);
    if (concern == Concern::external_sender && row.path_known) {
      row.recipient = hash_text(m.recipient);
      row.has_address = m.submission.client_ip.has_value();
      if (row.has_address) row.source = address_key(*m.submission.client_ip);
      row.is_held_back = is_held_back(m.delivery);
    }
    return row;
  }

  void set_aside(const AsideRow& row) {
    report.totals.not_relevant += row.count;
    Aside& aside = report.totals.aside;
    if (row.other_period) {
      aside.other_period += row.count;
      return;
    }
    // What is another organisation's own tells nothing of this one's days.
    if (row.is_of_the_tenant) {
      if (row.is_dated) note_time(row.time, row.count, row.seen);
      report.totals.of_the_tenant += row.count;
      if (is_arrival(row.concern) && row.seen != View::none) note_arrivals(row.count, row.seen);
    }
    const auto weight = static_cast<std::uint32_t>(std::min<std::uint64_t>(row.count, UINT32_MAX));
    switch (row.concern) {
      case Concern::yes:
        return;
      case Concern::authenticated:
        aside.authenticated += row.count;
        return;
      case Concern::null_reverse_path:
        aside.null_reverse_path += row.count;
        return;
      case Concern::other_receiver:
        aside.other_receiver += row.count;
        return;
      case Concern::other_tenant:
        aside.other_tenant += row.count;
        outside.add(row.sender, weight);
        return;
      case Concern::header_from_only:
        aside.header_from_only += row.count;
        return;
      case Concern::sender_untold:
        aside.sender_untold += row.count;
        return;
      case Concern::external_sender:
        aside.external_sender += row.count;
        if (!row.path_known) {
          notes.uncertain_external += row.count;
          notes.without_reverse_path += row.count;
          return;
        }
        mailboxes.add(row.recipient);
        if (row.has_address) foreign.add(row.source, weight);
        if (row.has_address && row.is_held_back) foreign_held_back.add(row.source, weight);
        return;
    }
  }

  void keep_bystander(const Message& m) {
    if (!options.bystanders || (may_be_joined() && join.tells_again(m))) return;
    if (!shapes.keep(report.bystanders, bystander_list, m.submission, m)) {
      report.unkept_bystanders += m.count;
    }
  }

  bool may_be_joined() const { return options.most_joined > 0 && !options.one_source; }

  void receive(const Message& m) {
    if (is_led_elsewhere(policy, m)) {
      Message as_taken_in = m;
      as_taken_in.submission.recipient_domain.reset();
      return receive(as_taken_in);
    }
    if (m.after_arrival) return went_on(m);
    const Concern concern = concern_of(policy, m);
    note_arrival(m, concern);
    if (m.fragment) {
      ++fragments;
      // Counted as told elsewhere; close_join() takes back what turns out to stand alone.
      tell_again(m);
      if (!is_outside_period(m)) note_time(m, seen_by(m));
      join.keep_event(m);
      return;
    }
    if (may_be_joined() && !is_outside_period(m)) {
      if (concern == Concern::yes || concern == Concern::sender_untold) {
        if (join.keep(m)) return;
      } else if (concern == Concern::authenticated || concern == Concern::header_from_only ||
                 concern == Concern::null_reverse_path) {
        join.note_aside(m);
      }
    }
    take(m);
  }

  /// Of what other organisations sent, later events are no concern of anybody's; but those of a
  /// trace do not name the sender.
  void note_arrival(const Message& m, Concern concern) {
    const policy::Submission& s = m.submission;
    const bool is_foreign = concern == Concern::external_sender ||
                            concern == Concern::other_tenant || concern == Concern::other_receiver;
    if (is_foreign && !is_row_of_trace(m) && !m.fragment) return;
    const bool tells_how =
        !m.fragment || s.reverse_path.state != ReversePath::State::unknown || s.client_ip;
    if (tells_how) arrivals.came(MessageIds(m, options.seed));
  }

  static bool is_row_of_trace(const Message& m) {
    return m.details_elsewhere && m.reverse_path_uncertain;
  }

  /// A row about a message that came before.
  void went_on(const Message& m) {
    ++fragments;
    report.totals.not_relevant += m.count;
    report.totals.aside.other_event += m.count;
    const Concern concern = concern_of(policy, m);
    if (is_outside_period(m) || (concern != Concern::yes && concern != Concern::sender_untold)) {
      return;
    }
    note_time(m, seen_by(m));
    report.totals.of_the_tenant += is_of_the_tenant(m) ? m.count : 0;
    arrivals.went_on(MessageIds(m, options.seed));
  }

  /// A row that tells again of a message that is counted.
  void tell_again(const Message& m) {
    report.totals.not_relevant += m.count;
    report.totals.aside.other_source += m.count;
  }

  void close_join() {
    join.close({[this](const Message& m) { take(m); }, [this](const Message& m) { tell_again(m); },
                [this](const Message& m) {
                  if (may_be_told_elsewhere(m)) return;
                  report.totals.not_relevant -= m.count;
                  report.totals.aside.other_source -= m.count;
                  take(m);
                }});
  }

  /// Of an event whose message no row holds that waited: whether one that did not may have told of
  /// it, as those of other organisations' senders.
  bool may_be_told_elsewhere(const Message& m) const {
    const policy::Submission& s = m.submission;
    if (s.reverse_path.state == ReversePath::State::unknown && !s.client_ip) return true;
    const Concern concern = concern_of(policy, m);
    const bool waits = concern != Concern::external_sender && concern != Concern::other_tenant &&
                       concern != Concern::other_receiver;
    return !waits && !events_are_all();
  }

  bool events_are_all() const {
    std::uint64_t messages = 0;
    for (const evidence::Tally& file : report.files)
      messages += file.messages;
    return messages == fragments;
  }

  void take(const Message& told) {
    if (!hides_its_domain(policy, told)) return take_as_told(told);
    Message m = told;
    m.submission.reverse_path = {};
    take_as_told(m, true);
  }

  void take_as_told(const Message& m, bool hides_domain = false) {
    if (is_outside_period(m)) return set_aside(row_outside_period(m));
    if (options.seen) options.seen(m);
    // A report that anybody may have made up stands for no domain's reports, nor does one of mail
    // that came in elsewhere, and no other row does.
    if (!m.reported_domain.empty() && m.results.claims != evidence::Claims::carried &&
        !came_in_elsewhere(policy, m)) {
      reported.note(m.reported_domain);
      reported.note(m.header_from_domain);
    }
    const Concern concern = concern_of(policy, m);
    if (concern != Concern::yes) {
      set_aside(aside_row(m, concern));
      if (is_bystander(concern)) keep_bystander(m);
      return;
    }
    const View seen = seen_by(m);
    note_time(m, seen);
    if (is_of_the_tenant(m)) {
      report.totals.of_the_tenant += m.count;
      note_arrivals(m.count, seen);
    }
    if (may_be_outside_period(m)) {
      report.totals.not_relevant += m.count;
      report.totals.aside.undated += m.count;
      return;
    }
    if (hides_domain) {
      notes.hiding_domain += m.count;
    } else if (m.submission.reverse_path.state == ReversePath::State::unknown) {
      notes.without_reverse_path += m.count;
    }
    count(m);
  }

  /// The row of a message of which nothing else is asked.
  std::optional<AsideRow> if_only_counted(const Message& m) const {
    if (m.fragment || options.seen || is_row_of_trace(m)) return std::nullopt;
    if (is_outside_period(m)) return row_outside_period(m);
    if (is_led_elsewhere(policy, m)) return std::nullopt;
    const Concern concern = concern_of(policy, m);
    if (!is_only_counted(concern)) return std::nullopt;
    return aside_row(m, concern);
  }

  bool is_only_counted(Concern concern) const {
    switch (concern) {
      case Concern::yes:
        return false;
      case Concern::authenticated:
      case Concern::sender_untold:
        return !may_be_joined();
      case Concern::header_from_only:
      case Concern::null_reverse_path:
        return !may_be_joined() && !options.bystanders;
      case Concern::external_sender:
        return !options.bystanders;
      case Concern::other_receiver:
      case Concern::other_tenant:
        return true;
    }
    return false;
  }

  void count(const Message& m) {
    report.totals.used += m.count;
    const Marks marks(m);
    policy::Submission submission = m.submission;
    submission.azure_communication_services = is_acs(m);
    stated.add_to(submission, m);
    const policy::Known proof = proof_in(m, context);
    if (is_pass_of_nobody_listed(m, context)) notes.passed_unlisted += m.count;
    Unit& unit = units.at(unit_key(m, marks, proof == policy::Known::yes && !is_own(m)));
    unit_messages.add(unit, m, marks, proof);
    if (!m.recipient.empty()) mailboxes.add(marks.recipient_hash);
    if (options.published_spf) spf_questions.note(unit, m, m.sender_domain(), false);
    if (m.refusal == evidence::Refusal::direct_send) notes.refused_as_direct_send += m.count;
    if (m.refusal == evidence::Refusal::restriction) notes.refused_by_restriction += m.count;
    if (claims_anything(m.results)) {
      notes.by_claims[static_cast<std::size_t>(m.results.claims)] += m.count;
    }
    if (units.is_shared(unit) || !shapes.keep(unit.shapes, units.number_of(unit), submission, m)) {
      fates.add(unit, submission, m.count);
      report.unkept += m.count;
    }
  }

  bool is_own(const Message& m) const {
    return m.submission.client_ip && !context.own_alone.find(*m.submission.client_ip).empty();
  }

  // --- the report ---

  Surroundings surroundings(const Unit& group) const {
    Surroundings out{context};
    out.all_messages = report.totals.used;
    out.other_messages =
        report.totals.of_the_tenant - std::min(report.totals.of_the_tenant, group.messages);
    out.mailboxes = mailboxes.size();
    if (report.totals.first && report.totals.last) {
      out.first_day = day_of(*report.totals.first);
      out.last_day = day_of(*report.totals.last);
    }
    for (const IpAddress address : group.addresses) {
      out.foreign_messages += foreign.of(address_key(address));
      out.foreign_held_back += foreign_held_back.of(address_key(address));
    }
    group.path_samples.each_hash([&](std::uint64_t hash) {
      ++out.sampled_senders;
      out.mailbox_senders += mailboxes.of(hash) > 0 ? 1 : 0;
    });
    return out;
  }

  /// `now` are the readings of the tenant as it is, with what was learnt.
  void add_senders(const policy::Readings& now) {
    std::vector<Named> named;
    std::map<std::string, Unit> groups = group_units(std::move(units.units()), policy, context);
    report.senders.reserve(groups.size() + 1);
    // With 100,000 of them, both at once are half a gigabyte.
    for (auto place = groups.begin(); place != groups.end(); place = groups.erase(place)) {
      Unit& group = place->second;
      group.path_samples.each_hash(
          [&](std::uint64_t path) { group.writes_outside += outside.of(path); });
      report.senders.push_back(name_sender(group, surroundings(group)));
      Sender& sender = report.senders.back();
      add_upstreams(sender, group);
      named.push_back({group.service, group.domain()});
      sender.shapes = std::move(group.shapes);
    }
    add_remedies(report.senders, named, context, now);
    const Unit& shared = units.shared();
    if (shared.messages == 0) return;
    report.folded_senders = units.shared_count();
    report.folded_messages = shared.messages;
    Sender rest = name_sender(shared, surroundings(shared));
    rest.name = fmt::format("{} further senders", report.folded_senders);
    rest.kind = Kind::unknown;
    rest.remedy.what = "Find their owners first; run again with more --most-senders.";
    rest.looks = Looks::unclear;
    rest.standing = Standing::open;
    rest.is_rest = true;
    rest.likely_kind = Kind::unknown;
    rest.if_kept = {};
    rest.confidence = 0;
    rest.reasons = {"more senders than are kept apart; see --most-senders"};
    rest.doubts.clear();
    report.senders.push_back(std::move(rest));
  }

  Report finish() {
    close_join();
    RecordedAttribution recorded(readings);
    for (const Unit& unit : units.units())
      recorded.add(unit.shapes);
    recorded.add(report.bystanders);
    const policy::Readings now = recorded.learn(report);
    if (!report.contradictions.empty()) {
      Contradictions unexplained(now.chosen());
      for (const Unit& unit : units.units())
        unexplained.add(unit.shapes);
      unexplained.add(report.bystanders);
      report.unexplained = unexplained.sentences();
    }
    const Fates learnt(now, context.at_exchange);
    for (Unit& unit : units.units())
      learnt.add_shapes(unit);
    if (options.published_spf) {
      spf_questions.ask(units.units(), options.published_spf, options.most_questions);
    }
    add_senders(now);
    report.certified_by_answer = stated.certified();
    report.refuted_certificates = stated.refuted();
    const Coverage::Days days = days_judged(coverage, reported, context);
    report.totals.days = days.judged.count();
    const Arrivals::Count without = arrivals.count();
    report.arrivals_untold = without.untold;
    report.later_events_let_go = without.let_go;
    sum_up(report);
    sort_senders(report);
    report.missing = missing_of(report, coverage, days, reported, options, context);
    notes.rows_not_joined = join.dropped();
    notes.contradicted = join.contradicted();
    notes.contradictions = join.contradictions();
    report.period_asked = words_of_period(options.since, options.until);
    add_remarks(report, notes, spf_questions, context);
    report.lack_of_switch = context.lack_of_switch;
    report.at_exchange = context.at_exchange;
    report.conclusion = conclude(findings_of(report));
    return std::move(report);
  }
};

Collector::Collector(const policy::Readings& readings, Context context, const Options& options)
    : state_(std::make_unique<State>(readings, std::move(context), options)) {}
Collector::~Collector() = default;

void Collector::message(const Message& m) {
  if (is_for_nobody_named(state_->policy, m)) return state_->receive(without_recipient(m));
  state_->receive(m);
}

std::optional<evidence::Brief> Collector::brief_of(const Message& m) const {
  const auto row = is_for_nobody_named(state_->policy, m)
                       ? state_->if_only_counted(without_recipient(m))
                       : state_->if_only_counted(m);
  return row ? std::optional(as_brief(*row)) : std::nullopt;
}

void Collector::brief(const evidence::Brief& brief) {
  state_->set_aside(as_aside_row(brief));
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
  Report& report = state_->report;
  ++report.totals.bad;
  if (row.row == 0) state_->report.files_lost.emplace_back(row.file);
  auto& rows = report.bad_rows;
  if (rows.size() >= state_->options.most_bad_rows) return;
  rows.push_back({{std::string(row.file), row.line, 0},
                  row.row,
                  std::string(row.column),
                  std::string(row.what)});
}

void Collector::member_begins() {
  state_->options.one_source = false;
  state_->join.begin_member();
}

void Collector::member_done(const evidence::Tally& tally) {
  if (tally.rows > 0) state_->report.files.push_back(tally);
  state_->join.end_member();
}

void Collector::file_done(const evidence::Tally& tally) {
  // What is in an archive was told by its members.
  const bool only_members = tally.format.has(evidence::Trait::container) && tally.rows == 0;
  if (!only_members) state_->report.files.push_back(tally);
  state_->join.begin_file();
}

Report Collector::finish() {
  return state_->finish();
}

}  // namespace postern::impact
