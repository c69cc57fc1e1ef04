#include "report/learn_report.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "base/numbers.hpp"
#include "report/json_parts.hpp"
#include "report/text.hpp"

namespace postern::report {
namespace {

using impact::ChoiceTally;

std::string toml_value(std::string_view value) {
  const bool is_flag = value == "true" || value == "false";
  return is_flag ? std::string(value) : fmt::format("\"{}\"", value);
}

// "412 messages show it, none speaks against it".
std::string words_for(const ChoiceTally& tally, std::size_t at) {
  std::uint64_t against_others = 0;
  std::string others;
  for (std::size_t i = 0; i < tally.values.size(); ++i) {
    if (i == at) continue;
    against_others = std::max(against_others, tally.values[i].contradict);
    append_item(others, fmt::format("{} {}", grouped(tally.values[i].contradict),
                                    toml_value(tally.values[i].value)));
  }
  return fmt::format(
      "{} show it; against it {}, against {}", counted(tally.values[at].agree, "message"),
      tally.values[at].contradict == 0 ? "none" : grouped(tally.values[at].contradict), others);
}

std::string open_words(const ChoiceTally& tally) {
  const bool any = std::any_of(tally.values.begin(), tally.values.end(), [](const auto& value) {
    return value.agree > 0 || value.contradict > 0;
  });
  if (!any) return "no message tells";
  std::string out;
  for (const ChoiceTally::Value& value : tally.values) {
    append_item(out,
                fmt::format("{}: {} for it, {} against it", toml_value(value.value),
                            grouped(value.agree), grouped(value.contradict)),
                "; ");
  }
  const bool all_contradicted =
      std::all_of(tally.values.begin(), tally.values.end(),
                  [](const ChoiceTally::Value& value) { return value.contradict > 0; });
  return out + (all_contradicted ? "; the mail contradicts itself" : "; too few to settle it");
}

// A comment of the TOML file, wrapped.
std::string comment(std::string_view text, const Style& style) {
  std::string out;
  for (const std::string& line : wrap(printable(text), style.columns > 12 ? style.columns - 2 : 10))
    out += "# " + line + "\n";
  return out;
}

}  // namespace

std::string learn_text(const LearnDocument& document, const Style& style) {
  const impact::Report& report = document.report;
  std::string out = comment(
      fmt::format("What {} of {} says of Exchange's behaviour, where Microsoft's documents leave "
                  "it open (docs/choices.md). {} which connector took them, or that none did.",
                  counted(report.files.size(), "file"), document.tenant,
                  report.attributed == 0   ? std::string("No message records")
                  : report.attributed == 1 ? std::string("1 message records")
                                           : counted(report.attributed, "message") + " record"),
      style);
  if (!report.period_asked.empty())
    out += comment("Asked for is mail " + report.period_asked, style);
  for (const impact::Missing& missing : report.missing)
    out += comment("Missing: " + missing.text, style);
  bool settled = false;
  for (const ChoiceTally& tally : report.tallies) {
    if (!tally.settled) continue;
    if (!settled) out += "\n[choices]\n";
    settled = true;
    out += comment(words_for(tally, *tally.settled) +
                       (tally.values[*tally.settled].is_the_tenants
                            ? "; as the tenant's file, or the default, has it"
                            : "; otherwise than the tenant's file, or the default, has it"),
                   style);
    out += fmt::format("{} = {}\n", tally.key, toml_value(tally.values[*tally.settled].value));
  }
  out += "\n";
  for (const ChoiceTally& tally : report.tallies) {
    if (!tally.settled)
      out += comment("not settled: " + tally.key + ": " + open_words(tally), style);
  }
  for (const std::string& contradiction : report.contradictions) {
    const bool stays = std::find(report.unexplained.begin(), report.unexplained.end(),
                                 contradiction) != report.unexplained.end();
    out += comment(contradiction + (stays ? "; no choice that is settled explains it"
                                          : "; with the choices above the rule agrees"),
                   style);
  }
  return out;
}

std::string learn_json(const LearnDocument& document, const Style& /*style*/) {
  const impact::Report& report = document.report;
  Json choices = Json::array();
  for (const ChoiceTally& tally : report.tallies) {
    Json values = Json::array();
    for (const ChoiceTally::Value& value : tally.values) {
      values.push_back({{"value", value.value},
                        {"agree", value.agree},
                        {"contradict", value.contradict},
                        {"is_the_tenants", value.is_the_tenants}});
    }
    choices.push_back(
        {{"key", tally.key},
         {"settled", tally.settled ? Json(tally.values[*tally.settled].value) : Json(nullptr)},
         {"values", std::move(values)}});
  }
  Json missing = Json::array();
  for (const impact::Missing& each : report.missing)
    missing.push_back(each.text);
  return document_text({{"schema", "postern/learn/1"},
                        {"tenant", document.tenant},
                        {"files", report.files.size()},
                        {"period_asked", report.period_asked},
                        {"attributed", report.attributed},
                        {"choices", std::move(choices)},
                        {"contradictions", report.contradictions},
                        {"unexplained", report.unexplained},
                        {"missing", std::move(missing)}});
}

}  // namespace postern::report
