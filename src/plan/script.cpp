// The plan for those who run its commands elsewhere.
#include <cstddef>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "plan/plan.hpp"

namespace postern::plan {
namespace {

// A comment of one line: nothing in it may end the line.
std::string comment(std::string_view text) {
  std::string out = "# ";
  std::string safe = printable(text);
  for (const std::string_view separator : {"\xE2\x80\xA8", "\xE2\x80\xA9"}) {
    for (std::size_t at; (at = safe.find(separator)) != std::string::npos;)
      safe.replace(at, separator.size(), " ");
  }
  return out + safe + "\n";
}

std::string head(const Plan& plan, std::string_view title) {
  std::string out = comment(fmt::format("{} - {}", title, plan.tenant.name));
  out +=
      comment(fmt::format("{}, {}, from {}", plan.made_by, format_time(plan.made_at), plan.source));
  out += comment("Tenant as read: " + plan.fingerprint);
  // Stops at the first error, so that the switch is never turned without the connectors.
  return out + "$ErrorActionPreference = 'Stop'\n";
}

}  // namespace

Result<std::string> apply_script(const Plan& plan) {
  std::string out = head(plan, "Reject Direct Send");
  out += comment(plan.proof.statement);
  for (const Step& step : plan.steps) {
    const auto line = tenant::powershell(step.cmdlet());
    if (!line) return tl::unexpected(line.error());
    out += "\n" + comment(step.does);
    for (const std::string& name : step.covers)
      out += comment("  for " + name);
    for (const std::string& warning : step.warnings)
      out += comment("  mind: " + warning);
    out += *line + "\n";
  }
  return out;
}

Result<std::string> undo_script(const Plan& plan) {
  std::string out = head(plan, "Take it back: reject Direct Send");
  for (auto step = plan.steps.rbegin(); step != plan.steps.rend(); ++step) {
    const auto line = tenant::powershell(step->undo());
    if (!line) return tl::unexpected(line.error());
    out += "\n" + comment("takes back: " + step->does) + *line + "\n";
  }
  return out;
}

}  // namespace postern::plan
