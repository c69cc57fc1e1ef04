// JUnit XML, as Jenkins, GitLab and Azure DevOps read it (Jenkins' junit-10.xsd). What is not known
// is an error, never a pass; a case has no child but failure, error or skipped.
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
#include "report/machine_reports.hpp"
#include "report/written.hpp"

namespace postern::report {
namespace {

using Result = Item::Result;

constexpr std::size_t most_junit_cases = 5000;

// A dot makes a tree of packages in Jenkins.
std::string class_part(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += c == '.' ? '_' : c;
  return out;
}

void write_case(Xml& out, const ItemList& list, const Item& item) {
  const Rule& rule = list.rules[item.rule];
  out << "    <testcase";
  out.attribute("name", rule.title + ": " + item.object);
  out.attribute("classname", fmt::format("postern.{}.{}.{}", list.suite, class_part(list.tenant),
                                         class_part(rule.id)));
  out << " time=\"0\"";
  const auto child = [&](Own element) {
    const std::string& remedy = item.remedy.empty() ? rule.remedy : item.remedy;
    out << ">\n      <" << element;
    out.attribute("message", item.message);
    out.attribute("type", rule.id);
    out << ">";
    out.text(item.object) << ": ";
    out.text(item.message) << "\n";
    if (!item.where.empty()) {
      out << "where: ";
      out.text(item.where) << "\n";
    }
    out << "remedy: ";
    out.text(remedy) << "\n";
    const std::string& command = item.command.empty() ? rule.command : item.command;
    if (!command.empty()) out.text(command) << "\n";
    out << "</" << element << ">\n    </testcase>\n";
  };
  if (!item.waived.empty() && item.result != Result::pass) {
    out << ">\n      <skipped";
    out.attribute("message", "fail, waived: " + item.waived);
    out << "/>\n    </testcase>\n";
    return;
  }
  switch (item.result) {
    case Result::fail:
      child("failure");
      return;
    case Result::open:
      child("error");
      return;
    case Result::not_applicable:
      out << ">\n      <skipped message=\"not applicable\"/>\n    </testcase>\n";
      return;
    case Result::pass:
      break;
  }
  out << "/>\n";
}

Xml junit_suite(const ItemList& list, const Style& style) {
  std::array<std::uint64_t, 4> counts{};  // tests, failures, errors, skipped
  std::size_t cases = 0;
  std::uint64_t stopped = 0;
  Xml body;
  for (const Item& item : list.items) {
    // Of senders that pass, the forged ones are one case below.
    const bool forged = item.sender != nullptr && item.sender->looks == impact::Looks::forged;
    if (forged && item.result == Result::pass) {
      ++stopped;
      continue;
    }
    if (cases++ >= most_junit_cases) continue;
    ++counts[0];
    if (!item.waived.empty() && item.result != Result::pass) {
      ++counts[3];
    } else {
      counts[1] += item.result == Result::fail ? 1 : 0;
      counts[2] += item.result == Result::open ? 1 : 0;
      counts[3] += item.result == Result::not_applicable ? 1 : 0;
    }
    write_case(body, list, item);
  }
  if (stopped > 0) {
    ++counts[0];
    body << "    <testcase";
    body.attribute("name", fmt::format("forged: {} stopped", counted(stopped, "sender")));
    body.attribute("classname", fmt::format("postern.{}.{}", list.suite, class_part(list.tenant)));
    body << " time=\"0\"/>\n";
  }
  Xml out;
  out << "  <testsuite";
  out.attribute("name", fmt::format("postern {} {}", list.suite, list.tenant));
  out << " tests=\"" << counts[0] << "\" failures=\"" << counts[1] << "\" errors=\"" << counts[2]
      << "\" skipped=\"" << counts[3] << "\" time=\"0\"";
  if (style.made_at != 0) {
    std::string time = format_time(style.made_at);
    time.pop_back();  // the zone
    out.attribute("timestamp", time);
  }
  out << ">\n" << body << "    <system-out>";
  out.text(list.summary) << "\n";
  if (cases > most_junit_cases) {
    out.text(fmt::format("{} more are left out", counted(cases - most_junit_cases, "case")))
        << "\n";
  }
  for (const std::string& remark : list.remarks)
    out.text(remark) << "\n";
  return out << "</system-out>\n  </testsuite>\n";
}

std::string junit_of(const Xml& suites) {
  Xml out;
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
      << suites << "</testsuites>\n";
  return std::move(out).take();
}

}  // namespace

std::string audit_junit(const AuditDocument& audit, const Style& style) {
  return junit_of(junit_suite(items_of(audit, style), style));
}
std::string tenant_junit(const TenantPart& part, const Style& style) {
  return junit_suite(items_of(part, style), style).take();
}
std::string audits_junit(const AuditsDocument& document, const Style& /*style*/) {
  Xml suites;
  for (const AuditedTenant& tenant : document.tenants)
    suites.part_of(tenant);
  return junit_of(suites);
}
std::string impact_junit(const ImpactDocument& impact, const Style& style) {
  return junit_of(junit_suite(items_of(impact, style), style));
}
std::string plan_junit(const plan::Plan& plan, const Style& style) {
  return junit_of(junit_suite(items_of(plan, style), style));
}

}  // namespace postern::report
