// postern diff BEFORE AFTER: the exact difference of two tenants, over all mail.
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/diff_options.hpp"
#include "cli/outcomes.hpp"
#include "cli/policy_source.hpp"
#include "cli/what_if.hpp"
#include "difference/difference.hpp"
#include "report/diff_report.hpp"

namespace postern::cli {
namespace {

std::string shown_name(const std::string& argument, const policy::Tenant& tenant) {
  return tenant.name.empty() ? argument : fmt::format("{} ({})", argument, tenant.name);
}

// What one file does not tell is one thing, however often it is named.
difference::UnknownSwitch unknown_of(const DiffArguments& a) {
  std::error_code none;
  const bool is_one = a.after.empty() || a.after == a.before ||
                      (live_name(a.before).empty() && live_name(a.after).empty() &&
                       std::filesystem::equivalent(a.before, a.after, none));
  return is_one ? difference::UnknownSwitch::of_one_reading : difference::UnknownSwitch::of_each;
}

int run(const DiffArguments& a, const Environment& environment) {
  if (a.after.empty() && a.changes.empty()) {
    return report_error({"there is nothing to compare with", "diff",
                         "give a second tenant, or what would change with --if"});
  }
  auto before = load_configuration(a.before, a.live);
  if (!before) return report_error(before.error());
  policy::Tenant first = before->tenant;
  policy::Tenant second = first;
  std::vector<std::string> assumed = std::move(before->assumed);
  report::DiffDocument document;
  document.before = document.after = shown_name(a.before, first);
  if (!a.after.empty()) {
    auto after = load_configuration(a.after, a.live);
    if (!after) return report_error(after.error());
    second = after->tenant;
    assumed.insert(assumed.end(), after->assumed.begin(), after->assumed.end());
    document.after = shown_name(a.after, second);
  }
  if (a.choices == "first") second.choices = first.choices;
  if (a.choices == "second") first.choices = second.choices;
  auto made = changed(std::move(second), a.changes);
  if (!made) return report_error(made.error());
  document.changes = a.changes;
  auto difference = difference::compare(first, *made, policy::Choice::none, unknown_of(a));
  if (!difference) return report_error(last_of(std::move(difference.error())));
  document.difference = std::move(*difference);
  difference::note_assumed(assumed, document.difference);
  if (const auto written = write_rendered(a.output, environment, document); !written) {
    return report_error(written.error());
  }
  return outcome_of(document.difference.result);
}

}  // namespace

void add_diff_command(CLI::App& app, const Environment& environment, int& exit_code) {
  add_command(app, "diff", "What two tenants decide differently, over all mail there can be.",
              add_diff_options, run, environment, exit_code);
}

}  // namespace postern::cli
