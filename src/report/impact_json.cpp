#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "report/impact_parts.hpp"
#include "report/impact_report.hpp"
#include "report/json_parts.hpp"
#include "report/json_pieces.hpp"
#include "report/next_step.hpp"
#include "report/shift_report.hpp"

namespace postern::report {
namespace {

using impact::Sender;

Json json_time(const std::optional<UnixTime>& time) {
  return time ? Json(format_time(*time)) : Json(nullptr);
}

template <std::size_t N>
Json json_counts(const std::array<std::uint64_t, N>& counts,
                 const std::array<std::string_view, N>& names) {
  Json out = Json::object();
  for (std::size_t i = 0; i < N; ++i) {
    if (counts[i] > 0) out[std::string(names[i])] = counts[i];
  }
  return out;
}

Json json_actions(const impact::Counts& counts) {
  return {
      {"accept", counts.accept}, {"reject", counts.reject}, {"undetermined", counts.undetermined}};
}

// Messages by UTC day; days without any are left out.
Json json_days(const Sender& sender) {
  Json out = Json::object();
  for (std::size_t i = 0; i < sender.by_day.size(); ++i) {
    if (sender.by_day[i] == 0) continue;
    const std::int64_t day = sender.first_day + static_cast<std::int64_t>(i);
    out[format_date(day * 86400)] = sender.by_day[i];
  }
  return out;
}

Json json_remedy(const impact::Remedy& remedy) {
  return {{"what", remedy.what}, {"command", remedy.command}, {"risk", impact::risk_alone(remedy)}};
}

// Of what is not certain: what "it is mine" would come to.
Json json_if_kept(const Sender& sender) {
  if (sender.if_kept.what.empty()) return nullptr;
  Json out = json_remedy(sender.if_kept);
  out["kind"] = impact::name_of(sender.likely_kind);
  return out;
}

Json json_sender(const Sender& sender) {
  Json addresses = Json::array();
  for (const IpAddress address : sender.addresses)
    addresses.push_back(address.text());
  return {
      {"name", sender.name},
      {"looks", impact::name_of(sender.looks)},
      {"standing", impact::name_of(sender.standing)},
      {"fact", sender.fact.empty() ? Json(nullptr) : Json(sender.fact)},
      {"loss_accepted", sender.loss_accepted},
      {"kind", impact::name_of(sender.kind)},
      {"confidence", std::round(sender.confidence * 1000) / 1000},
      {"reasons", sender.reasons},
      {"doubts", sender.doubts},
      {"pin", sender.pin.empty() ? Json(nullptr) : Json(sender.pin)},
      {"pin_overruled", sender.pin_overruled.empty() ? Json(nullptr) : Json(sender.pin_overruled)},
      {"remedy", json_remedy(sender.remedy)},
      {"if_kept", json_if_kept(sender)},
      {"addresses", std::move(addresses)},
      {"address_count", sender.address_count},
      {"hostnames", sender.hostnames},
      {"envelope_senders", sender.reverse_paths},
      {"envelope_sender_count", sender.reverse_path_count},
      {"envelope_sender_count_is_estimate", sender.reverse_path_count_is_estimate},
      {"subjects", sender.subjects},
      {"message_ids", sender.message_ids},
      {"messages", sender.messages},
      {"days", sender.days},
      {"first", json_time(sender.first)},
      {"last", json_time(sender.last)},
      {"by_day", json_days(sender)},
      {"recipients", sender.recipients},
      {"recipients_is_estimate", sender.recipients_is_estimate},
      {"spf", json_counts(sender.spf, result_names)},
      {"published_spf", json_counts(sender.published_spf, result_names)},
      {"dkim", json_counts(sender.dkim, result_names)},
      {"dmarc", json_counts(sender.dmarc, result_names)},
      {"compauth", json_counts(sender.compauth, result_names)},
      {"claims_unconfirmed", sender.claims_unconfirmed},
      {"delivery", json_counts(sender.delivery, delivery_names)},
      {"now", json_actions(sender.now)},
      {"with_rejection", json_actions(sender.with_rejection)},
      {"refused_already", sender.refused_already},
      {"hanging", sender.hanging},
      {"hangs_on", policy::keys_of(sender.hangs_on)},
      {"reason", policy::name_of(sender.reason)},
      {"missing", json_facts(sender.missing)},
      {"notes", json_notes(sender.notes)},
      {"connectors", sender.connectors},
  };
}

Json json_pile(const impact::Pile& pile) {
  return {{"senders", pile.senders}, {"messages", pile.messages}};
}

Json json_conclusion(const impact::Conclusion& c) {
  Json missing = Json::array();
  for (const impact::Missing& each : c.missing) {
    missing.push_back(
        {{"kind", impact::name_of(each.kind)}, {"count", each.count}, {"text", each.text}});
  }
  return {
      {"answer", impact::name_of(c.answer)},
      {"exit_status", impact::status_of(c.answer)},
      {"lost", json_pile(c.lost)},
      {"loss_accepted", json_pile(c.loss_accepted)},
      {"undetermined", json_pile(c.undetermined)},
      {"hanging", json_pile(c.hanging)},
      {"stopped", json_pile(c.stopped)},
      {"presumed_legitimate", json_pile(c.presumed_legitimate)},
      {"presumed_forged", json_pile(c.presumed_forged)},
      {"open", json_pile(c.open)},
      {"refused_already", json_pile(c.refused_already)},
      {"seen_refused", c.seen_refused},
      {"lack_of_switch", c.lack_of_switch.empty() ? Json(nullptr) : Json(c.lack_of_switch)},
      {"unguarded", json_pile(c.unguarded)},
      {"unguarded_forged", json_pile(c.unguarded_forged)},
      {"missing", std::move(missing)},
      {"missing_facts", json_facts(c.facts)},
      {"choices", policy::keys_of(c.choices)},
  };
}

Json json_learnt(const impact::Report& report) {
  Json out = Json::array();
  for (const impact::LearntChoice& each : report.learnt) {
    out.push_back({{"key", each.key},
                   {"value", each.value},
                   {"messages", each.messages},
                   {"is_the_tenants", each.is_the_tenants}});
  }
  return out;
}

Json json_changes(const ImpactHeading& heading) {
  if (!heading.changes) return nullptr;
  return {{"new", heading.changes->added},
          {"vanished", heading.changes->vanished},
          {"changed", heading.changes->changed}};
}

}  // namespace

std::string impact_json(const ImpactDocument& impact, const Style& /*style*/) {
  std::string out;
  impact_json_pieces(impact, [&out](std::string_view piece) { out += piece; });
  return out;
}

void impact_json_pieces(const ImpactDocument& impact, const TakePiece& take) {
  const auto& [report, heading] = impact;
  const impact::Totals& t = report.totals;
  Json files = Json::array();
  for (const auto& file : report.files) {
    files.push_back({{"file", file.file},
                     {"format", evidence::name_of(file.format)},
                     {"bytes", file.bytes},
                     {"rows", file.rows},
                     {"messages", file.messages},
                     {"bad", file.bad}});
  }
  Json bad_rows = Json::array();
  for (const impact::UnusableRow& row : report.bad_rows)
    bad_rows.push_back(row.text());
  const NextStep next = next_step(report, heading);
  const Json head = {
      {"schema", "postern/impact/1"},
      {"tenant", heading.tenant},
      {"reject_direct_send", policy::name_of(heading.reject_direct_send)},
      {"summary", report.conclusion.sentence},
      {"conclusion", json_conclusion(report.conclusion)},
      {"next",
       {{"does", next.does},
        {"command", next.command.empty() ? Json(nullptr) : Json(next.command)}}},
      {"files", std::move(files)},
      {"totals",
       {{"rows", t.rows},
        {"used", t.used},
        {"not_relevant", t.not_relevant},
        {"bad", t.bad},
        {"first", json_time(t.first)},
        {"last", json_time(t.last)},
        {"days", t.days},
        {"rejected_legitimate", t.rejected_legitimate},
        {"senders_legitimate", t.senders_legitimate},
        {"rejected_forged", t.rejected_forged},
        {"senders_forged", t.senders_forged},
        {"rejected_unclear", t.rejected_unclear},
        {"senders_unclear", t.senders_unclear},
        {"undetermined", t.undetermined},
        {"senders_undetermined", t.senders_undetermined},
        {"accepted", t.accepted},
        {"senders_accepted", t.senders_accepted},
        {"missing", json_facts(t.missing)}}},
      {"not_relevant",
       {{"external_sender", t.aside.external_sender},
        {"sender_untold", t.aside.sender_untold},
        {"header_from_only", t.aside.header_from_only},
        {"null_reverse_path", t.aside.null_reverse_path},
        {"authenticated", t.aside.authenticated},
        {"outbound", t.aside.outbound},
        {"other_tenant", t.aside.other_tenant},
        {"other_event", t.aside.other_event},
        {"duplicate", t.aside.duplicate},
        {"not_mail", t.aside.not_mail},
        {"other_receiver", t.aside.other_receiver},
        {"other_source", t.aside.other_source},
        {"other_period", t.aside.other_period},
        {"undated", t.aside.undated}}},
  };
  const Json tail = {
      {"changes", json_changes(heading)},
      {"if", heading.shift == nullptr ? Json(nullptr) : json_shift(*heading.shift, report)},
      {"folded_senders", report.folded_senders},
      {"folded_messages", report.folded_messages},
      {"learnt_choices", json_learnt(report)},
      {"contradictions", report.contradictions},
      {"bad_rows", std::move(bad_rows)},
      {"remarks", report.remarks},
  };
  JsonPieces pieces(take);
  pieces.members(head);
  pieces.list("senders", report.senders, json_sender);
  pieces.members(tail);
  pieces.end();
}

}  // namespace postern::report
