// The plan as a document: docs/plan-file.md, docs/schema/plan-2.json.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "difference/difference_json.hpp"
#include "plan/difference.hpp"
#include "plan/follows.hpp"
#include "plan/plan.hpp"
#include "plan/seal.hpp"
#include "plan/stage_json.hpp"
#include "plan/step_json.hpp"

namespace postern::plan {
namespace {

constexpr const char* plan_format = "postern/plan/2";

Json outcomes_json(const std::vector<Outcome>& outcomes) {
  Json out = Json::array();
  for (const Outcome& o : outcomes) {
    out.push_back({{"sender", o.sender},
                   {"kind", o.kind},
                   {"standing", o.standing},
                   {"messages", o.messages},
                   {"of", o.of},
                   {"why", o.why},
                   {"remedy", o.remedy}});
  }
  return out;
}

Json time_json(const std::optional<UnixTime>& time) {
  return time ? Json(format_time(*time)) : Json(nullptr);
}

Json proof_json(const Proof& p) {
  return Json{
      {"holds", name_of(p.holds)},
      {"statement", p.statement},
      {"connectors",
       {{"holds", name_of(p.connectors.holds)}, {"statement", p.connectors.statement}}},
      {"evidence",
       {{"files", p.files},
        {"rows", p.rows},
        {"messages", p.messages},
        {"days", p.days},
        {"first", time_json(p.first)},
        {"last", time_json(p.last)}}},
      {"legitimate", {{"senders", p.legitimate_senders}, {"messages", p.legitimate_messages}}},
      {"forged_messages_stopped", p.forged_stopped},
      {"breaks", outcomes_json(p.breaks)},
      {"let_in", outcomes_json(p.let_in)},
      {"may_be_let_in", outcomes_json(p.may_be_let_in)},
      {"bystanders", outcomes_json(p.bystanders)},
      {"bystanders_at_risk", outcomes_json(p.bystanders_at_risk)},
      {"undetermined", outcomes_json(p.undetermined)},
      {"presumed", outcomes_json(p.presumed)},
      {"unclear", outcomes_json(p.unclear)},
      {"accepted_loss", outcomes_json(p.accepted_loss)},
      {"not_replayed", {{"messages", p.not_replayed}, {"bystanders", p.bystanders_not_replayed}}},
      {"not_shown", p.not_shown}};
}

Result<std::vector<std::string>> texts_of(const Json& list, const std::string& where) {
  std::vector<std::string> out;
  for (const Json& item : list) {
    if (!item.is_string()) return fail("holds something that is no text", where);
    out.push_back(item.get<std::string>());
  }
  return out;
}

Holds holds_named(const std::string& name) {
  return name == "yes" ? Holds::yes : name == "no" ? Holds::no : Holds::not_proven;
}

Result<Verdict> read_connectors_verdict(const Json& proof, const std::string& where) {
  const auto connectors = object_member(proof, "connectors", where);
  if (!connectors) return tl::unexpected(connectors.error());
  const auto holds = text_member(*connectors, "holds", where);
  const auto statement = text_member(*connectors, "statement", where);
  if (!holds) return tl::unexpected(holds.error());
  if (!statement) return tl::unexpected(statement.error());
  return Verdict{holds_named(*holds), *statement, {}};
}

}  // namespace

std::string to_json(const Plan& plan) {
  Json steps = Json::array();
  for (std::size_t i = 0; i < plan.steps.size(); ++i)
    steps.push_back(step_json(plan.steps[i], i + 1));
  return sealed_text(
      Json{{"schema", plan_format},
           {"made", {{"by", plan.made_by}, {"at", format_time(plan.made_at)}}},
           {"tenant", named_tenant_json(plan.tenant.name, plan.source, plan.organisation)},
           {"proof", proof_json(plan.proof)},
           {"warnings", plan.warnings},
           {"steps", std::move(steps)},
           {"stages", stages_json(plan.stages, plan.steps)},
           {"read", {{"fingerprint", plan.fingerprint}, {"tenant", tenant_json(plan.tenant)}}},
           {"held_out", plan.held_out ? Json{{"from", plan.held_out->from},
                                             {"proof", proof_json(plan.held_out->proof)}}
                                      : Json(nullptr)},
           // Last: people and tests look for a tenant's own values in what stands before it.
           {"over_all_mail",
            plan.difference ? difference::difference_json(*plan.difference) : Json(nullptr)}});
}

Result<Plan> read_plan(std::string_view text, const std::string& file) {
  const auto known = read_document(text, file, plan_format, "postern plan");
  if (!known) return tl::unexpected(known.error());
  const Json& document = *known;
  const auto seal = check_seal(document, file, "postern plan", "plan again");
  if (!seal) return tl::unexpected(seal.error());
  Plan out;
  const auto made = object_member(document, "made", file);
  const auto tenant = object_member(document, "tenant", file);
  const auto proof = object_member(document, "proof", file);
  const auto read = object_member(document, "read", file);
  const auto steps = array_member(document, "steps", file);
  const auto warnings = array_member(document, "warnings", file);
  for (const auto* part : {&made, &tenant, &proof, &read, &steps, &warnings}) {
    if (!*part) return tl::unexpected(part->error());
  }
  const auto by = text_member(*made, "by", file + "#/made");
  const auto at = text_member(*made, "at", file + "#/made");
  const auto source = text_member(*tenant, "source", file + "#/tenant");
  const auto name = text_member(*tenant, "name", file + "#/tenant");
  const auto statement = text_member(*proof, "statement", file + "#/proof");
  const auto holds = text_member(*proof, "holds", file + "#/proof");
  const auto print = text_member(*read, "fingerprint", file + "#/read");
  const auto organisation = organisation_member(*tenant, file + "#/tenant");
  for (const auto* part : {&by, &at, &source, &name, &statement, &holds, &print, &organisation}) {
    if (!*part) return tl::unexpected(part->error());
  }
  const auto reading = object_member(*read, "tenant", file + "#/read");
  if (!reading) return tl::unexpected(reading.error());
  auto as_read = read_tenant(*reading, file + "#/read/tenant");
  if (!as_read) return tl::unexpected(as_read.error());
  auto lines = texts_of(*warnings, file + "#/warnings");
  if (!lines) return tl::unexpected(lines.error());
  out.made_by = *by;
  out.made_at = parse_time(*at).value_or(0);
  out.source = *source;
  out.organisation = *organisation;
  out.tenant = std::move(*as_read);
  out.tenant.name = *name;
  out.fingerprint = *print;
  out.seal = *seal;
  out.warnings = std::move(*lines);
  out.proof.statement = *statement;
  out.proof.holds = holds_named(*holds);
  auto connectors = read_connectors_verdict(*proof, file + "#/proof");
  if (!connectors) return tl::unexpected(connectors.error());
  out.proof.connectors = std::move(*connectors);
  if (fingerprint(out.tenant) != out.fingerprint) {
    return fail("the reading of the tenant in it is not the one that its fingerprint is of",
                file + "#/read", "it was changed by hand; plan again");
  }
  for (std::size_t i = 0; i < steps->size(); ++i) {
    auto step = read_step((*steps)[i], fmt::format("{}#/steps/{}", file, i));
    if (!step) return tl::unexpected(step.error());
    if (i > 0 && out.steps.back().kind == Step::Kind::turn_switch) {
      return fail("a step stands after the switch", fmt::format("{}#/steps/{}", file, i),
                  "the switch comes last; plan again");
    }
    out.steps.push_back(std::move(*step));
  }
  std::vector<const Step*> in_order;
  for (const Step& step : out.steps)
    in_order.push_back(&step);
  if (auto begin = check_steps_begin_at(out.tenant, in_order, file + "#/steps",
                                        "steps are not edited by hand; plan again");
      !begin) {
    return tl::unexpected(begin.error());
  }
  auto stages = read_stages(document, out.steps, file);
  if (!stages) return tl::unexpected(stages.error());
  out.stages = std::move(*stages);
  return out;
}

}  // namespace postern::plan
