#include "plan/service_answer.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "plan/tenant_json.hpp"

namespace postern::plan {
namespace {

// The one object that New-InboundConnector answers with; empty where it answers with nothing.
std::string guid_in(const exchange::Answer& answer) {
  const Json objects = Json::parse(answer.objects, nullptr, false);
  if (!objects.is_array() || objects.size() != 1 || !objects.front().is_object()) return {};
  const auto guid = objects.front().find("Guid");
  return guid != objects.front().end() && guid->is_string() ? guid->get<std::string>()
                                                            : std::string{};
}

}  // namespace

Result<void> take_answer(const exchange::Answer& answer, StepRecord& step, Record& record,
                         const Conditions& around) {
  bool learnt = false;
  for (const std::string& warning : answer.warnings) {
    const std::string line = printable(warning);
    around.say(fmt::format("the service warns: {}", line));
    auto& known = step.service_warnings;
    if (std::find(known.begin(), known.end(), line) != known.end()) continue;
    known.push_back(line);
    learnt = true;
  }
  if (step.step.kind == Step::Kind::create_connector && step.step.guid().empty()) {
    const std::string guid = guid_in(answer);
    step.step.remember_guid(guid);
    learnt = learnt || !guid.empty();
  }
  return learnt ? around.save(record) : Result<void>();
}

void learn_guid(StepRecord& step, const policy::Tenant& read) {
  if (!step.step.guid().empty()) return;
  const policy::InboundConnector* found = step.step.connector_in(read);
  if (found != nullptr) step.step.remember_guid(found->guid);
}

bool warned_disabled(const StepRecord& step) {
  return std::any_of(
      step.service_warnings.begin(), step.service_warnings.end(),
      [](const std::string& warning) { return ifind(warning, "disabled") != std::string::npos; });
}

}  // namespace postern::plan
