#include "cli/tenants_audit.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "cli/command.hpp"
#include "cli/outcomes.hpp"
#include "cli/side_by_side.hpp"
#include "cli/tenant_reader.hpp"

namespace postern::cli {
namespace {

class Worker {
 public:
  explicit Worker(const SideBySide& work) : work_(work), reader_(work.live) {}

  std::pair<report::AuditedTenant, int> audit(const tenant::ListedTenant& listed) {
    auto configuration = reader_.read(listed);
    if (!configuration) {
      return {not_read(listed, configuration.error()), bad_input};
    }
    const bool whole_live = !live_name(listed.source).empty() && work_.live.cmdlets.empty();
    if (auto done = complete_records(*configuration, work_.records, whole_live); !done) {
      return {not_read(listed, done.error()), bad_input};
    }
    const auto tenant = compile(std::move(*configuration));
    if (!tenant) {
      return {not_read(listed, tenant.error().front()), bad_input};
    }
    auto report = audit::run_audit(tenant->configuration, tenant->policy, work_.request);
    std::optional<std::vector<audit::Drift>> drift;
    std::string unknown;
    if (const auto before = work_.baseline.find(listed.name); before != work_.baseline.end()) {
      drift = audit::compare(before->second, report);
      unknown = audit::not_compared(before->second, report);
      if (!unknown.empty()) report.remarks.push_back(unknown);
    }
    int code = work_.exit_code(report);
    if (code == holds && !unknown.empty()) code = not_determined;
    if (drift && !drift->empty()) code = does_not_hold;
    const report::AuditDocument document{report, drift};
    auto out = report::audited(listed.name, listed.source, document);
    if (work_.render != nullptr) out.part = work_.render({out, &document}, work_.style);
    return {std::move(out), code};
  }

 private:
  [[nodiscard]] report::AuditedTenant not_read(const tenant::ListedTenant& listed,
                                               const Error& why) const {
    auto out = report::not_read(listed.name, listed.source, why);
    if (work_.render != nullptr) out.part = work_.render({out, nullptr}, work_.style);
    return out;
  }

  const SideBySide& work_;
  TenantReader reader_;
};

}  // namespace

SideBySideOutcome audit_side_by_side(const SideBySide& work) {
  SideBySideOutcome outcome;
  outcome.tenants.resize(work.tenants.size());
  std::mutex one_at_a_time;
  std::size_t done = 0;
  side_by_side(work.tenants.size(), work.workers, [&]() -> SideJob {
    const auto worker = std::make_shared<Worker>(work);
    return [&, worker](std::size_t i) {
      auto [tenant, code] = worker->audit(work.tenants[i]);
      const std::lock_guard lock(one_at_a_time);
      outcome.tenants[i] = std::move(tenant);
      outcome.exit_code = worse_of(outcome.exit_code, code);
      ++done;
      if (work.progress) work.progress(done);
    };
  });
  return outcome;
}

}  // namespace postern::cli
