#include "cli/tenants_audit.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "cli/command.hpp"
#include "cli/outcomes.hpp"
#include "tenant/load.hpp"

namespace postern::cli {
namespace {

class Worker {
 public:
  explicit Worker(const SideBySide& work)
      : work_(work), around_(exchange::process_surroundings(false)) {}

  Result<tenant::Configuration> read(const tenant::ListedTenant& listed) {
    const std::string name(live_name(listed.source));
    if (name.empty()) return tenant::load(listed.source);
    auto profile = exchange::find_profile(name, work_.live.config, around_);
    if (!profile) return tl::unexpected(profile.error());
    if (profile->sign_in == exchange::SignIn::device_code) {
      return fail(
          "signs in with device-code, and nobody can be asked while several tenants are read",
          profile->where, "use another sign_in for --tenants");
    }
    // Tenants of one profile share a transport, and so its connections.
    auto& transport = transports_[name];
    if (transport == nullptr) {
      auto opened = exchange::open_transport(*profile, around_);
      if (!opened) return tl::unexpected(opened.error());
      transport = std::move(*opened);
    }
    if (!listed.tenant.empty()) profile->tenant = listed.tenant;
    profile->name = listed.name;
    const auto tokens = exchange::sign_in(*profile, *transport, around_);
    const auto admin = exchange::connect(*profile, *tokens, *transport, around_);
    return read_live(*profile, *admin, work_.live.cmdlets, around_.now());
  }

  std::pair<report::AuditedTenant, int> audit(const tenant::ListedTenant& listed) {
    auto configuration = read(listed);
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
  exchange::Surroundings around_;
  std::map<std::string, std::unique_ptr<exchange::Transport>> transports_;
};

}  // namespace

SideBySideOutcome audit_side_by_side(const SideBySide& work) {
  SideBySideOutcome outcome;
  outcome.tenants.resize(work.tenants.size());
  std::atomic<std::size_t> next{0};
  std::mutex one_at_a_time;
  std::size_t done = 0;
  const auto run = [&] {
    Worker worker(work);
    for (std::size_t i = next++; i < work.tenants.size(); i = next++) {
      auto [tenant, code] = worker.audit(work.tenants[i]);
      const std::lock_guard lock(one_at_a_time);
      outcome.tenants[i] = std::move(tenant);
      outcome.exit_code = worse_of(outcome.exit_code, code);
      ++done;
      if (work.progress) work.progress(done);
    }
  };
  const std::size_t count = std::min<std::size_t>(work.workers, work.tenants.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < count; ++i)
    threads.emplace_back(run);
  run();
  for (std::thread& thread : threads)
    thread.join();
  return outcome;
}

}  // namespace postern::cli
