#include "page/terminal.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "base/numbers.hpp"
#include "base/time.hpp"
#include "report/text.hpp"

namespace postern::page {
namespace {

using nlohmann::json;
using report::Colour;
using report::Style;

constexpr std::size_t most_rows = 12;
constexpr std::size_t most_boxes = 5;

// What our own documents hold; nothing where it is not there.
std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::uint64_t number_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

const json& list_of(const json& object, const char* key) {
  static const json none = json::array();
  const auto found = object.find(key);
  return found != object.end() && found->is_array() ? *found : none;
}

const json& object_of(const json& object, const char* key) {
  static const json none = json::object();
  const auto found = object.find(key);
  return found != object.end() && found->is_object() ? *found : none;
}

std::string clock_of(std::uint64_t time) {
  return format_time(static_cast<UnixTime>(time)).substr(11, 8);
}

std::string moment_of(std::uint64_t time) {
  std::string text = format_time(static_cast<UnixTime>(time)).substr(0, 16);
  text[10] = ' ';
  return text;
}

std::vector<std::uint64_t> minutes_of(const json& hour, const char* key) {
  std::vector<std::uint64_t> out;
  for (const json& each : list_of(hour, key))
    out.push_back(each.is_number_unsigned() ? each.get<std::uint64_t>() : 0);
  return out;
}

std::uint64_t sum_of(const json& hour, const char* key) {
  std::uint64_t sum = 0;
  for (const std::uint64_t each : minutes_of(hour, key))
    sum += each;
  return sum;
}

Colour colour_of(std::string_view tone) noexcept {
  return tone == "bad"    ? Colour::red
         : tone == "ask"  ? Colour::yellow
         : tone == "good" ? Colour::green
                          : Colour::none;
}

std::string head(const json& state, const Style& style) {
  std::string out = fmt::format("Postern gate on {}, {} UTC\n\n", printable(text_of(state, "host")),
                                clock_of(number_of(state, "now")));
  const std::string headline = report::paragraph(text_of(state, "headline"), style);
  out += report::coloured(style, colour_of(text_of(state, "tone")),
                          headline.substr(0, headline.size() - 1));
  return out + "\n\n";
}

std::string last_hour(const json& state, const Style& style) {
  const json& hour = object_of(state, "hour");
  std::string out = report::paragraph(
      fmt::format("Last hour: {} refused, {} of them look legitimate; {} would be refused; {} by "
                  "exception; {} can’t be told.",
                  grouped(sum_of(hour, "refused") + sum_of(hour, "refused_legitimate")),
                  grouped(sum_of(hour, "refused_legitimate")),
                  grouped(sum_of(hour, "would_refuse")), grouped(sum_of(hour, "exception")),
                  grouped(sum_of(hour, "undetermined"))),
      style);
  out +=
      report::paragraph(fmt::format("Since {} UTC: {} passed, {} dropped by the ledger, {}.",
                                    moment_of(number_of(state, "started")),
                                    counted(number_of(state, "passed"), "message"),
                                    counted(number_of(state, "dropped"), "record"),
                                    counted(number_of(state, "hop_failures"), "next hop failure")),
                        style);
  if (style.pictures) {
    std::vector<std::uint64_t> totals(60);
    for (const char* key :
         {"refused", "refused_legitimate", "would_refuse", "undetermined", "exception"}) {
      const auto minutes = minutes_of(hour, key);
      for (std::size_t i = 0; i < totals.size() && i < minutes.size(); ++i)
        totals[i] += minutes[i];
    }
    out += report::sparkline(totals) + '\n';
  }
  return out + '\n';
}

std::string domains(const json& state, const Style& style) {
  report::Table table({{"Domain", report::Align::left, 12},
                       {"Mode"},
                       {"seen", report::Align::right},
                       {"break", report::Align::right},
                       {"Note", report::Align::left, 14, true}});
  for (const json& each : list_of(state, "domains")) {
    const bool is_known = each.contains("legitimate");
    const std::string stage = text_of(each, "stage");
    const std::string mode = text_of(each, "mode");
    table.add({text_of(each, "name"), mode + (each.contains("set") ? "*" : ""),
               is_known ? grouped(number_of(each, "rows")) : "?",
               is_known ? grouped(number_of(object_of(each, "legitimate"), "messages")) : "?",
               text_of(each, "note")},
              stage == "loses"                                                ? Colour::red
              : stage == "breaks" || stage == "doubtful" || stage == "untold" ? Colour::yellow
                                                                              : Colour::none);
  }
  std::string out = table.text(style);
  for (const json& each : list_of(state, "domains")) {
    if (!each.contains("set")) continue;
    const json& set = object_of(each, "set");
    out += report::paragraph(fmt::format("{}: set at the page {} UTC by {}; gate.toml says {}.",
                                         text_of(each, "name"), moment_of(number_of(set, "since")),
                                         text_of(set, "who"), text_of(each, "in_file")),
                             style, "* ");
  }
  return out + '\n';
}

std::string verdict_of(const json& row) {
  const std::string outcome = text_of(row, "outcome");
  return outcome == "would_refuse"   ? "would refuse"
         : outcome == "undetermined" ? "can’t tell"
                                     : outcome;
}

std::string happens(const json& rows, const Style& style) {
  const json& list = list_of(rows, "rows");
  if (list.empty()) return "As it happens: nothing yet.\n\n";
  report::Table table({{"Time"},
                       {"Verdict"},
                       {"From", report::Align::left, 9},
                       {"Envelope sender", report::Align::left, 12},
                       {"To", report::Align::left, 8}});
  for (std::size_t i = 0; i < list.size() && i < most_rows; ++i) {
    const json& each = list[i];
    const bool hurts =
        text_of(each, "outcome") == "refused" && text_of(each, "looks") == "legitimate";
    table.add({clock_of(number_of(each, "time")), verdict_of(each), text_of(each, "client"),
               text_of(each, "sender"), text_of(each, "recipient")},
              hurts ? Colour::red : Colour::none);
  }
  return "As it happens:\n" + table.text(style) + '\n';
}

// Senders that stand before enforcing, domain by domain.
std::string before(const json& state, const json& senders, const Style& style) {
  std::string out;
  for (const json& domain : list_of(state, "domains")) {
    const std::string stage = text_of(domain, "stage");
    const std::string name = text_of(domain, "name");
    const bool refuses = stage == "loses" || stage == "unsettled";
    if (!refuses && stage != "breaks" && stage != "doubtful") continue;
    std::string lines;
    std::size_t shown = 0;
    std::size_t left = 0;
    for (const json& each : list_of(senders, "domains")) {
      if (text_of(each, "name") != name) continue;
      for (const json& sender : list_of(each, "senders")) {
        if (text_of(sender, "looks") == "forged") continue;
        if (shown == most_boxes) {
          ++left;
          continue;
        }
        ++shown;
        lines += report::paragraph(
            fmt::format("{}, {} {}, {}: {}", text_of(sender, "name"), text_of(sender, "kind"),
                        text_of(sender, "sure"), counted(number_of(sender, "at_stake"), "message"),
                        text_of(sender, "remedy")),
            style, "- ");
      }
    }
    if (lines.empty()) continue;
    out += report::paragraph(
        refuses ? name + " refuses these:" : "Before " + name + " can enforce:", style);
    out += lines;
    if (left > 0) out += "  and " + counted(left, "more sender") + " at the page\n";
    out += '\n';
  }
  return out;
}

std::string changes(const json& told, const Style& style) {
  constexpr std::size_t most_changes = 3;
  std::string out;
  const json& list = list_of(told, "changes");
  for (std::size_t i = 0; i < list.size() && i < most_changes; ++i) {
    const json& each = list[i];
    const std::string after = text_of(each, "after");
    out += report::paragraph(
        fmt::format("{} UTC {}: {}, by {}", moment_of(number_of(each, "time")),
                    text_of(each, "name"),
                    text_of(each, "what") == "mode" ? text_of(each, "before") + " to " + after
                    : after.empty()                 ? "no pin any more"
                                                    : "pinned as forged",
                    text_of(each, "who")),
        style, "- ");
  }
  return out.empty() ? out : "Changes:\n" + out;
}

}  // namespace

Result<std::string> terminal_page(const Told& told, const Style& style) {
  const json state = json::parse(told.state, nullptr, false);
  const json senders = json::parse(told.senders, nullptr, false);
  const json rows = json::parse(told.rows, nullptr, false);
  const json changed = json::parse(told.changes, nullptr, false);
  if (!state.is_object() || text_of(state, "schema") != "postern/gate-page/1" ||
      !senders.is_object() || !rows.is_object() || !changed.is_object()) {
    return fail("is no answer of a gate's page of this version", "the admin listener",
                "use the postern that the gate runs");
  }
  std::string out = head(state, style) + last_hour(state, style) + domains(state, style);
  for (const json& each : list_of(state, "left_aside")) {
    if (each.is_string()) out += report::paragraph(each.get<std::string>(), style, "! ");
  }
  out += happens(rows, style) + before(state, senders, style) + changes(changed, style);
  return out;
}

}  // namespace postern::page
