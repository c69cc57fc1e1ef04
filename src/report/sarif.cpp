// SARIF 2.1.0, as GitHub code scanning takes it: every result has a physical location with a
// relative uri; it ignores `kind` and `suppressions`, so what passes or is waived stands there only
// when asked for; at most 5,000 results, which is what it shows.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/numbers.hpp"
#include "base/time.hpp"
#include "report/items.hpp"
#include "report/json_parts.hpp"
#include "report/machine_reports.hpp"

namespace postern::report {
namespace {

using Result = Item::Result;

constexpr std::size_t most_sarif_results = 5000;
constexpr std::size_t most_waivers_told = 100;

// RFC 3986: a relative reference whose segments are percent-encoded.
std::string uri_of(std::string_view path) {
  std::string out;
  for (const char c : path) {
    const bool plain = is_ascii_alpha(c) || is_ascii_digit(c) ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    out += plain ? std::string(1, c)
                 : fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return out;
}

// GitHub cuts at 1,024 characters; never within one.
std::string at_most(std::string_view text, std::size_t octets) {
  if (text.size() <= octets) return std::string(text);
  while (octets > 0 && (static_cast<unsigned char>(text[octets]) & 0xc0u) == 0x80)
    --octets;
  return std::string(text.substr(0, octets)) + "…";
}

Json sarif_rule(const Rule& rule) {
  Json tags = Json::array({"direct-send"});
  for (const std::string& tag : rule.tags)
    tags.push_back(tag);
  for (const auto& [framework, id] : rule.equivalents) {
    if (tags.size() < 10) tags.push_back(fmt::format("{} {}", framework, id));
  }
  const std::string command = rule.command.empty() ? std::string() : "\n\n" + rule.command;
  std::string fence = "```";
  while (command.find(fence) != std::string::npos)
    fence += '`';
  return {{"id", rule.id},
          {"name", rule.id},
          {"shortDescription", {{"text", at_most(rule.title, 1000)}}},
          {"fullDescription", {{"text", at_most(rule.rationale, 1000)}}},
          {"help", {{"text", rule.remedy + command}}},
          {"defaultConfiguration", {{"level", rule.grave ? "error" : "warning"}}},
          {"properties",
           {{"tags", std::move(tags)}, {"security-severity", rule.grave ? "8.0" : "5.0"}}}};
}

Json sarif_result(const ItemList& list, const Item& item) {
  static constexpr std::array<std::string_view, 4> kinds = {"pass", "fail", "open",
                                                            "notApplicable"};
  const Rule& rule = list.rules[item.rule];
  Json out = {{"ruleId", rule.id},
              {"ruleIndex", item.rule},
              {"kind", kinds[static_cast<std::size_t>(item.result)]},
              {"level", item.result != Result::fail ? "none"
                        : rule.grave                ? "error"
                                                    : "warning"},
              {"message", {{"text", item.object + ": " + item.message}}}};
  out["locations"] = Json::array(
      {{{"physicalLocation",
         {{"artifactLocation", {{"uri", uri_of(item.place)}}},
          {"region", {{"startLine", std::max<std::uint64_t>(1, item.found.line)}}}}},
        {"logicalLocations",
         Json::array({{{"name", item.object},
                       {"fullyQualifiedName", list.tenant + "/" + rule.id + "/" + item.object},
                       {"kind", item.sender == nullptr ? "resource" : "sender"}}})}}});
  const std::string uuid = uuid_of("finding", list, item);
  out["partialFingerprints"] = {{"primaryLocationLineHash", uuid}, {"posternFinding/v1", uuid}};
  if (!item.waived.empty()) {
    out["suppressions"] = Json::array(
        {{{"kind", "external"}, {"status", "accepted"}, {"justification", item.waived}}});
  }
  Json properties = Json::object();
  properties["result"] = name_of(item.result);
  if (!item.where.empty()) properties["where"] = item.where;
  if (!item.command.empty()) properties["command"] = item.command;
  if (item.sender != nullptr) properties["messages"] = item.sender->messages;
  out["properties"] = std::move(properties);
  return out;
}

Json sarif_run(const ItemList& list, const Style& style) {
  Json rules = Json::array();
  for (const Rule& rule : list.rules)
    rules.push_back(sarif_rule(rule));
  Json results = Json::array();
  Json told = Json::array();
  const auto tell = [&](std::string text, std::string_view level) {
    told.push_back({{"level", level}, {"message", {{"text", std::move(text)}}}});
  };
  std::size_t left_out = 0;
  std::size_t waived = 0;
  for (const Item& item : list.items) {
    const bool stands = item.result == Result::fail || item.result == Result::open;
    const bool alert = stands && item.waived.empty();
    if (!alert && !style.everything) {
      // No alert, and yet never out of sight.
      if (stands && waived++ < most_waivers_told) {
        tell(fmt::format("{}, {}: fail, waived: {}", list.rules[item.rule].id, item.object,
                         item.waived),
             "note");
      }
      continue;
    }
    if (results.size() < most_sarif_results) {
      results.push_back(sarif_result(list, item));
    } else {
      ++left_out;
    }
  }
  if (waived > most_waivers_told) {
    tell(fmt::format("{} more fail and are waived", waived - most_waivers_told), "note");
  }
  if (left_out > 0) {
    tell(fmt::format("{} left out: GitHub shows {}", counted(left_out, "result"),
                     grouped(most_sarif_results)),
         "warning");
  }
  tell(list.summary, list.is_read ? "note" : "error");
  for (const std::string& remark : list.remarks)
    tell(remark, "note");
  // SARIF 2.1.0, 3.20.14: false where the run could not do what it was for.
  Json invocation = {{"executionSuccessful", list.is_read}};
  if (style.made_at != 0) invocation["endTimeUtc"] = format_time(style.made_at);
  invocation["toolExecutionNotifications"] = std::move(told);
  return {{"tool",
           {{"driver",
             {{"name", "Postern"}, {"version", style.version}, {"rules", std::move(rules)}}}}},
          {"automationDetails", {{"id", fmt::format("postern-{}/{}/", list.suite, list.tenant)}}},
          {"invocations", Json::array({std::move(invocation)})},
          {"columnKind", "unicodeCodePoints"},
          {"results", std::move(results)}};
}

std::string one_run(const Json& run) {
  return line_text(run);
}

std::string sarif_of(const std::string& runs) {
  return "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\","
         "\"runs\":[" +
         runs + "]}\n";
}

}  // namespace

std::string audit_sarif(const AuditDocument& audit, const Style& style) {
  return sarif_of(one_run(sarif_run(items_of(audit, style), style)));
}
std::string tenant_sarif(const TenantPart& part, const Style& style) {
  return one_run(sarif_run(items_of(part, style), style));
}
std::string audits_sarif(const AuditsDocument& document, const Style& /*style*/) {
  std::string runs;
  for (const AuditedTenant& tenant : document.tenants)
    runs += (runs.empty() ? "" : ",") + tenant.part;
  return sarif_of(runs);
}
std::string impact_sarif(const ImpactDocument& impact, const Style& style) {
  return sarif_of(one_run(sarif_run(items_of(impact, style), style)));
}
std::string plan_sarif(const plan::Plan& plan, const Style& style) {
  return sarif_of(one_run(sarif_run(items_of(plan, style), style)));
}

}  // namespace postern::report
