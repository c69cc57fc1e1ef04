#include "cli/tenants_outcome.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "cli/exit_code.hpp"
#include "cli/outcomes.hpp"
#include "cli/policy_source.hpp"
#include "files/whole_file.hpp"
#include "impact/impact.hpp"
#include "report/tenants_report.hpp"

namespace postern::cli {
namespace {

int status_of_row(const report::TenantRow& row) {
  for (const impact::Answer answer :
       {impact::Answer::nobody_breaks, impact::Answer::somebody_breaks,
        impact::Answer::not_determined}) {
    if (row.answer == name_of(answer)) return impact::status_of(answer);
  }
  return bad_input;
}

Result<void> write_table(const TenantsRun& run, const Environment& environment,
                         const report::TenantsDocument& document) {
  const report::Style style = run.output.style(environment);
  if (run.output.format == "json") {
    return write_document(run.output, [&](const report::TakePiece& take) {
      report::tenants_json_pieces(document, take);
    });
  }
  if (run.output.format == "text") {
    return write_document(run.output, [&](const report::TakePiece& take) {
      report::tenants_text_pieces(document, style, [&](std::string_view piece) {
        take(shown(run.output, environment, std::string(piece)));
      });
    });
  }
  return write_rendered(run.output, environment, document);
}

// What a person wrote into the file stays as it is.
Result<void> propose(const std::string& path, impact::Services known,
                     const std::vector<impact::CommonSender>& common) {
  if (path.empty()) return {};
  std::string text;
  std::error_code none;
  if (std::filesystem::exists(path, none)) {
    auto there = read_text(path);
    if (!there) return tl::unexpected(there.error());
    if (auto added = known.add(*there, path); !added) return added;
    text = std::move(*there);
  }
  std::vector<impact::CommonSender> strangers;
  for (const impact::CommonSender& each : common) {
    if (known.of_host(each.name) == impact::no_service) strangers.push_back(each);
  }
  const std::string more = impact::proposed_services(strangers);
  return more.empty() ? Result<void>{} : files::write_whole(path, text + more);
}

}  // namespace

Result<int> write_outcome(const TenantsRun& run, const Environment& environment,
                          std::vector<DoneTenant> done,
                          const std::optional<impact::SharedRows>& shared,
                          const impact::Services& services, Spool* spool) {
  std::vector<report::TenantRow> rows;
  impact::CommonSenders common;
  int status = holds;
  for (DoneTenant& each : done) {
    common.add(each.seen, each.domains);
    status = worse_of(status, status_of_row(each.row));
    rows.push_back(std::move(each.row));
  }
  const std::vector<impact::CommonSender> in_common = common.result();
  if (auto proposed = propose(run.many.proposals, services, in_common); !proposed) {
    return tl::unexpected(proposed.error());
  }
  std::optional<Error> lost;
  report::TenantsDocument document{run.command, rows, in_common, shared, nullptr};
  if (spool != nullptr) {
    document.part = [&](std::size_t i, const report::TakePiece& take) {
      if (auto given = spool->give(i, take); !given) lost = given.error();
    };
  }
  if (auto written = write_table(run, environment, document); !written) {
    return tl::unexpected(written.error());
  }
  if (lost) return tl::unexpected(*lost);
  return status;
}

}  // namespace postern::cli
