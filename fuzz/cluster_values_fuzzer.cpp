// What servers hold for gates and gates for each other: refused or read, and what is read is
// written back the same.
#include <string>
#include <string_view>

#include "cluster/roll_call.hpp"
#include "cluster/rollout.hpp"
#include "cluster/tenant_value.hpp"
#include "fuzz.hpp"

namespace postern::fuzz {

void run(std::string_view input) {
  if (const auto plan = cluster::read_rollout(input)) {
    const auto again = cluster::read_rollout(cluster::write_rollout(*plan));
    require(again && *again == *plan, "a plan is read as it was written");
    require(plan->limit_for("mx1") >= plan->stable, "no gate is held behind the stable revision");
  }
  if (const auto state = cluster::read_state(input)) {
    const std::string once = cluster::write_state(*state);
    const auto again = cluster::read_state(once);
    require(again && cluster::write_state(*again) == once, "a state is read as it was written");
  }
  if (const auto value = cluster::read_tenant_value(input, "f")) {
    const auto again = cluster::read_tenant_value(cluster::write_tenant_value(*value), "f");
    require(again && again->text == value->text && again->name == value->name,
            "a tenant is read as it was written");
  }
  // The same as the text of a tenant, which is what a cluster is asked to keep.
  const auto kept = cluster::read_tenant_value(
      cluster::write_tenant_value({.text = "x", .name = std::string(input), .who = {}, .when = 1}),
      "f");
  require(kept && kept->text == "x", "what was pushed is read, whatever its file is called");
}

}  // namespace postern::fuzz
