#include "plan/change.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "exchange/read_tenant.hpp"

namespace postern::plan {
namespace {

// The part of the tenant that the step is about.
Result<policy::Tenant> read_part(const Step& step, exchange::AdminInterface& admin) {
  const std::string_view cmdlet =
      step.kind == Step::Kind::turn_switch ? "Get-OrganizationConfig" : "Get-InboundConnector";
  auto read = exchange::read_tenant(admin, {cmdlet});
  if (!read) return tl::unexpected(read.error());
  return std::move(read->tenant);
}

}  // namespace

Result<policy::Tenant> read_for_plan(exchange::AdminInterface& admin) {
  auto read = exchange::read_tenant(admin, exchange::policy_cmdlets());
  if (!read) return tl::unexpected(read.error());
  return std::move(read->tenant);
}

Result<bool> wait_until(const Step& step, Step::State wanted, exchange::AdminInterface& admin,
                        const Conditions& around, std::chrono::seconds limit) {
  const UnixTime until = around.now() + limit.count();
  std::chrono::milliseconds pause{250};
  for (;;) {
    const auto read = read_part(step, admin);
    if (read && step.state_in(*read) == wanted) return true;
    const UnixTime left = until - around.now();
    if (left <= 0) {
      if (!read) return tl::unexpected(read.error());
      return false;
    }
    around.sleep(std::min<std::chrono::milliseconds>(pause, std::chrono::seconds(left)));
    pause = std::min<std::chrono::milliseconds>(pause * 2, std::chrono::seconds(30));
  }
}

Result<bool> change(const Step& step, const tenant::Cmdlet& cmdlet, Step::State wanted,
                    exchange::AdminInterface& admin, const Conditions& around, const Limits& limits,
                    bool begun_before, std::string& note) {
  const auto answer = admin.invoke(cmdlet.name, tenant::json_parameters(cmdlet));
  if (answer) {
    for (const std::string& warning : answer->warnings)
      note += (note.empty() ? "the service warns: " : "; ") + printable(warning);
    return wait_until(step, wanted, admin, around, limits.read_back);
  }
  // After an error the change may have been made all the same; only reading tells.
  const std::chrono::seconds limit = begun_before ? limits.read_back : std::chrono::seconds(5);
  const auto there = wait_until(step, wanted, admin, around, limit);
  if (!there || !*there) return tl::unexpected(answer.error());
  note = fmt::format("the service answered with an error, but the change is there: {}",
                     printable(answer.error().what));
  return true;
}

}  // namespace postern::plan
