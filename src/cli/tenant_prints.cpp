#include "cli/tenant_prints.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "cli/input_print.hpp"
#include "cli/questions.hpp"
#include "cli/tenant_reader.hpp"
#include "cli/version.hpp"
#include "ledger/rows.hpp"
#include "report/style.hpp"

namespace postern::cli {
namespace {

// What is no file can't be told to be the same as before: an earlier run is no help.
// A Maildir is one source of many files.
Result<void> add_source(InputPrint& print, const std::string& path, UnixTime now) {
  if (path == "-" || ledger::is_cluster_address(path)) {
    print.add(path);
    print.add(std::to_string(now));
    return {};
  }
  return print.add_files(path, InputPrint::Depth::all);
}

Result<void> add_evidence(InputPrint& print, const std::string& path, UnixTime now) {
  const auto files = evidence::expand(path);
  if (!files) return tl::unexpected(files.error());
  for (const std::string& file : *files) {
    if (auto added = add_source(print, file, now); !added) return added;
  }
  return {};
}

}  // namespace

Result<TenantPrints> TenantPrints::begin(const TenantsRun& run, const EvidenceSource& base,
                                         const std::vector<std::string>& shared_files,
                                         const Environment& environment) {
  const UnixTime now = environment.now;
  InputPrint print;
  for (const std::string_view part :
       {std::string_view(version), run.command, std::string_view(run.output.format),
        std::string_view(run.options), std::string_view(run.many.fetch)}) {
    print.add(part);
  }
  // What else makes one document of the same mail differ from another.
  const report::Style style = run.output.style(environment);
  print.add(style.redact ? "redacted" : "whole");
  print.add(std::string{style.csv_separator, style.csv_decimal});
  EvidenceOptions options = run.evidence;
  options.paths.clear();
  print.add(command_line_of(options));
  // Days before now, what DNS says and what is missing up to now are of a day.
  if (base.since() || run.evidence.resolve) print.add(format_date(now));
  std::vector<std::string> files = shared_files;
  for (const std::string* file :
       {&run.evidence.senders, &run.evidence.services, &run.evidence.dns.zone}) {
    if (!file->empty()) files.push_back(*file);
  }
  for (const std::string& file : files) {
    if (auto added = add_source(print, file, now); !added) return tl::unexpected(added.error());
  }
  return TenantPrints(print.text(), now);
}

Result<std::string> TenantPrints::of_inputs(const tenant::ListedTenant& listed) const {
  InputPrint print;
  print.add(shared_);
  print.add(listed.name);
  print.add(listed.tenant);
  print.add(listed.source);
  bool live = !live_name(listed.source).empty();
  if (!live) {
    if (auto added = print.add_files(listed.source, InputPrint::Depth::own); !added) {
      return tl::unexpected(added.error());
    }
  }
  for (const std::string& path : listed.evidence) {
    print.add(path);
    if (!live_name(path).empty()) {
      live = true;
    } else if (auto added = add_evidence(print, path, now_); !added) {
      return tl::unexpected(added.error());
    }
  }
  if (live) print.add(format_date(now_));
  return print.text();
}

Result<std::string> TenantPrints::with_answers(const std::string& inputs,
                                               const tenant::ListedTenant& listed,
                                               const std::string& questions) {
  InputPrint print;
  print.add(inputs);
  std::error_code none;
  for (const std::string* file : {&listed.senders, &questions}) {
    print.add(*file);
    if (file->empty() || !std::filesystem::exists(*file, none)) continue;
    if (auto added = print.add_file(*file); !added) return tl::unexpected(added.error());
  }
  return print.text();
}

}  // namespace postern::cli
