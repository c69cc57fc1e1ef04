#include "report/shift_report.hpp"

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "base/numbers.hpp"
#include "report/sender_words.hpp"
#include "report/text.hpp"

namespace postern::report {
namespace {

std::string moved_words(const plan::Moved& moved) {
  std::vector<std::string> parts;
  const auto tell = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) parts.push_back(fmt::format("{} {}", grouped(count), what));
  };
  tell(moved.refused, "refused newly");
  tell(moved.accepted, "refused no longer");
  tell(moved.may_be_refused, "may be refused newly");
  tell(moved.may_be_accepted, "may be accepted newly");
  if (!moved.connectors.empty()) {
    parts.push_back("by " + printable(joined(moved.connectors)));
  }
  return parts.empty() ? "as before" : joined(parts);
}

Colour colour_of_move(const impact::Sender& sender, const plan::Moved& moved) {
  const bool yours = sender.looks == impact::Looks::legitimate;
  if (moved.refused > 0 && yours) return Colour::red;
  return moved.refused > 0 || !moved.any() ? Colour::none : Colour::yellow;
}

Json json_moved(const plan::Moved& moved) {
  return {{"refused", moved.refused},
          {"accepted", moved.accepted},
          {"may_be_refused", moved.may_be_refused},
          {"may_be_accepted", moved.may_be_accepted},
          {"connectors", moved.connectors},
          {"missing", json_facts(moved.missing)},
          {"hangs_on", policy::keys_of(moved.hangs_on)}};
}

}  // namespace

std::string shift_text(const plan::Shift& shift, const impact::Report& report, const Style& style) {
  std::string out = "\n" + style.bold("If " + printable(joined(shift.changes, "; "))) + "\n\n" +
                    style.bold(paragraph(shift.conclusion.sentence, style));
  std::vector<TableColumn> columns = {{"sender", Align::left, 16, true},
                                      {"what it is", Align::left, 12},
                                      {"mail", Align::right},
                                      {"with the change", Align::left, 16, true}};
  if (!shift.turns_switch) columns.push_back({"and the switch on", Align::left, 16, true});
  Table table(std::move(columns));
  for (const plan::SenderShift& each : shift.senders) {
    const impact::Sender& sender = report.senders[each.sender];
    std::vector<std::string> cells = {sender.name, standing_words(sender), grouped(sender.messages),
                                      moved_words(each.now)};
    if (!shift.turns_switch) cells.push_back(moved_words(each.switched));
    table.add(std::move(cells), colour_of_move(sender, each.now));
  }
  if (shift.others.any() || shift.others_switched.any()) {
    std::vector<std::string> cells = {"mail with a foreign or empty envelope sender", "", "",
                                      moved_words(shift.others)};
    if (!shift.turns_switch) cells.push_back(moved_words(shift.others_switched));
    table.add(std::move(cells));
  }
  out += "\n" + (table.empty() ? std::string("No sender of the evidence fares otherwise.\n")
                               : table.text(style));
  return out +
         paragraph(
             fmt::format(
                 "{} as before. What follows is of the tenant as it is{}.",
                 counted(report.senders.size() - shift.senders.size(), "sender"),
                 shift.changes_domains ? ", but for the domains: those of both are its own" : ""),
             style);
}

Json json_shift(const plan::Shift& shift, const impact::Report& report) {
  Json senders = Json::array();
  for (const plan::SenderShift& each : shift.senders) {
    const impact::Sender& sender = report.senders[each.sender];
    senders.push_back({{"name", sender.name},
                       {"looks", impact::name_of(sender.looks)},
                       {"standing", impact::name_of(sender.standing)},
                       {"messages", sender.messages},
                       {"with_change", json_moved(each.now)},
                       {"with_change_and_switch", json_moved(each.switched)}});
  }
  return {{"changes", shift.changes},
          {"turns_switch", shift.turns_switch},
          {"answer", name_of(shift.conclusion.answer)},
          {"sentence", shift.conclusion.sentence},
          {"senders", std::move(senders)},
          {"others",
           {{"with_change", json_moved(shift.others)},
            {"with_change_and_switch", json_moved(shift.others_switched)}}},
          {"not_decided", shift.not_decided}};
}

}  // namespace postern::report
