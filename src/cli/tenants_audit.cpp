#include "cli/tenants_audit.hpp"

#include <algorithm>
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
    const auto report = audit::run_audit(tenant->configuration, tenant->policy, work_.request);
    const std::optional<audit::Comparison> since = compared(listed.name, report);
    const int code = outcome_since(work_.exit_code(report), since);
    const report::AuditDocument document{report, since};
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

  [[nodiscard]] std::optional<audit::Comparison> compared(const std::string& name,
                                                          const audit::AuditReport& now) const {
    if (!work_.baseline) return std::nullopt;
    const auto before = work_.baseline->find(name);
    audit::Comparison out;
    if (before == work_.baseline->end()) {
      out.drift.push_back({"tenant", name, {}, "there"});
    } else if (!before->second) {
      out.not_compared.push_back(
          {"tenant", name, "it could not be read when the baseline was made"});
    } else {
      out = audit::compare(*before->second, now, work_.extent);
    }
    return out;
  }

  const SideBySide& work_;
  TenantReader reader_;
};

void add_vanished(const SideBySide& work, SideBySideOutcome& outcome) {
  for (const auto& [name, audit] : *work.baseline) {
    const bool named =
        std::any_of(work.tenants.begin(), work.tenants.end(),
                    [&, &called = name](const auto& each) { return each.name == called; });
    if (named) continue;
    auto gone = report::gone(name);
    if (work.render != nullptr) gone.part = work.render({gone, nullptr}, work.style);
    outcome.tenants.push_back(std::move(gone));
    outcome.exit_code = worse_of(outcome.exit_code, does_not_hold);
  }
}

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
  if (work.baseline) add_vanished(work, outcome);
  return outcome;
}

}  // namespace postern::cli
