#include "plan/follows.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "plan/difference.hpp"
#include "plan/tenant_json.hpp"

namespace postern::plan {
namespace {

using policy::InboundConnector;

const InboundConnector* with_guid(const policy::Tenant& tenant, const std::string& guid) {
  if (guid.empty()) return nullptr;
  const auto& all = tenant.inbound_connectors;
  const auto found = std::find_if(all.begin(), all.end(), [&](const InboundConnector& each) {
    return iequals(each.guid, guid);
  });
  return found == all.end() ? nullptr : &*found;
}

// All properties, also those without an effect on mail: all are put back.
bool same_properties(InboundConnector a, InboundConnector b) {
  a.guid.clear();
  b.guid.clear();
  return connector_json(a) == connector_json(b);
}

// Its Guid is learnt later where the reading has none.
bool begins_at(const Step& step, const policy::Tenant& tenant) {
  if (step.kind == Step::Kind::turn_switch) {
    return step.switch_before == tenant.reject_direct_send;
  }
  const InboundConnector* named = find_connector(tenant, step.after->name);
  const InboundConnector* known = with_guid(tenant, step.guid());
  if (!step.before) return named == nullptr && known == nullptr;
  if (named == nullptr || (known != nullptr && known != named)) return false;
  if (!named->guid.empty() && known != named) return false;
  return (step.before->guid.empty() || iequals(step.before->guid, step.guid())) &&
         same_properties(*named, *step.before);
}

std::string fault_of(const Step& step) {
  if (step.kind == Step::Kind::turn_switch) {
    return "it turns RejectDirectSend from what the reading in the file does not have";
  }
  const std::string name = printable(step.after->name);
  return step.before
             ? fmt::format(
                   "it changes connector '{}' from what the reading in the file does not "
                   "have",
                   name)
             : fmt::format("it creates connector '{}', which the reading in the file has already",
                           name);
}

}  // namespace

Result<void> check_steps_begin_at(const policy::Tenant& read, const std::vector<const Step*>& steps,
                                  const std::string& where, const std::string& remedy) {
  policy::Tenant tenant = read;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!begins_at(*steps[i], tenant)) {
      return fail(fault_of(*steps[i]), fmt::format("{}/{}", where, i), remedy);
    }
    steps[i]->apply_to(tenant);
  }
  return {};
}

}  // namespace postern::plan
