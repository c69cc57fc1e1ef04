#include "plan/step_json.hpp"

#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::plan {
namespace {

const char* const plan_again = "steps are not edited by hand; plan again";

Json cmdlet_json(const tenant::Cmdlet& cmdlet) {
  return Json{{"cmdlet", cmdlet.name},
              {"parameters", Json::parse(tenant::json_parameters(cmdlet))}};
}

Json state_json(const Step& step, const std::optional<policy::InboundConnector>& connector,
                policy::RejectDirectSend value) {
  if (step.kind != Step::Kind::turn_switch) {
    return connector ? connector_json(*connector) : Json(nullptr);
  }
  Json out = Json::object();
  put_switch(value, out);
  return out;
}

Result<void> read_states(const Json& json, const std::string& where, Step& step) {
  const Json before = json.value("before", Json());
  const auto after = object_member(json, "after", where);
  if (!after) return tl::unexpected(after.error());
  if (step.kind == Step::Kind::turn_switch) {
    const auto was = read_switch(before.is_object() ? before : Json::object(), where + "/before");
    const auto becomes = read_switch(*after, where + "/after");
    if (!was) return tl::unexpected(was.error());
    if (!becomes) return tl::unexpected(becomes.error());
    if (*becomes != policy::RejectDirectSend::on) {
      return fail("the switch is turned to something else than on", where, plan_again);
    }
    step.switch_before = *was;
    step.switch_after = *becomes;
    return {};
  }
  auto connector = read_connector(*after, where + "/after");
  if (!connector) return tl::unexpected(connector.error());
  step.after = std::move(*connector);
  if ((step.kind == Step::Kind::change_connector) != before.is_object()) {
    return fail("'before' does not fit the kind of step", where, plan_again);
  }
  if (!before.is_object()) return {};
  auto was = read_connector(before, where + "/before");
  if (!was) return tl::unexpected(was.error());
  if (!iequals(was->name, step.after->name)) {
    return fail("it renames a connector", where, plan_again);
  }
  step.before = std::move(*was);
  return {};
}

}  // namespace

Json step_json(const Step& step, std::size_t number) {
  Json out{{"number", number}, {"kind", name_of(step.kind)}, {"does", step.does}};
  out.update(cmdlet_json(step.cmdlet()));
  out["covers"] = step.covers;
  out["warnings"] = step.warnings;
  out["before"] = state_json(step, step.before, step.switch_before);
  out["after"] = state_json(step, step.after, step.switch_after);
  out["undo"] = cmdlet_json(step.undo());
  return out;
}

Result<Step> read_step(const Json& json, const std::string& where) {
  Step step;
  const auto kind = text_member(json, "kind", where);
  const auto does = text_member(json, "does", where);
  if (!kind) return tl::unexpected(kind.error());
  if (!does) return tl::unexpected(does.error());
  const auto known = parse_step_kind(*kind);
  if (!known) {
    return fail(fmt::format("no step is called '{}'", printable(*kind)), where, plan_again);
  }
  step.kind = *known;
  step.does = *does;
  auto covers = texts_member(json, "covers", where);
  auto warnings = texts_member(json, "warnings", where);
  if (!covers) return tl::unexpected(covers.error());
  if (!warnings) return tl::unexpected(warnings.error());
  step.covers = std::move(*covers);
  step.warnings = std::move(*warnings);
  if (auto states = read_states(json, where, step); !states) {
    return tl::unexpected(states.error());
  }
  // What a reviewer reads must be what is run.
  const Json run = cmdlet_json(step.cmdlet());
  if (!are_equal(json.value("cmdlet", Json()), run["cmdlet"]) ||
      !are_equal(json.value("parameters", Json()), run["parameters"]) ||
      !are_equal(json.value("undo", Json()), cmdlet_json(step.undo()))) {
    return fail("its cmdlet is not the one that its before and after give", where, plan_again);
  }
  return step;
}

}  // namespace postern::plan
