#include "plan/record.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "plan/difference.hpp"
#include "plan/follows.hpp"
#include "plan/seal.hpp"
#include "plan/step_json.hpp"

namespace postern::plan {
namespace {

using Status = StepRecord::Status;

constexpr const char* record_format = "postern/record/2";
constexpr const char* by_hand =
    "put the file back as it was, or take back by hand what was applied";
constexpr std::array statuses = {Status::pending, Status::started, Status::done, Status::undoing,
                                 Status::undone};

Result<StepRecord> read_step_record(const Json& json, const std::string& where) {
  StepRecord out;
  auto step = read_step(json, where);
  if (!step) return tl::unexpected(step.error());
  out.step = std::move(*step);
  const auto status = text_member(json, "status", where);
  const auto note = text_member(json, "note", where);
  if (!status) return tl::unexpected(status.error());
  if (!note) return tl::unexpected(note.error());
  out.note = *note;
  if (const auto said = json.find("service_warnings"); said != json.end()) {
    auto warnings = texts_member(json, "service_warnings", where);
    if (!warnings) return tl::unexpected(warnings.error());
    out.service_warnings = std::move(*warnings);
  }
  const auto since = json.find("since");
  if (since != json.end() && since->is_string()) {
    out.since = parse_time(since->get<std::string>()).value_or(0);
  }
  const auto known = std::find_if(statuses.begin(), statuses.end(),
                                  [&](Status s) { return name_of(s) == *status; });
  if (known == statuses.end()) {
    return fail(fmt::format("no status is called '{}'", printable(*status)), where);
  }
  out.status = *known;
  return out;
}

}  // namespace

std::string_view name_of(Status status) noexcept {
  switch (status) {
    case Status::pending:
      return "pending";
    case Status::started:
      return "started";
    case Status::done:
      return "done";
    case Status::undoing:
      return "undoing";
    case Status::undone:
      break;
  }
  return "undone";
}

Record Record::of(const Plan& plan) {
  Record out;
  out.plan_made_by = plan.made_by;
  out.plan_made_at = plan.made_at;
  out.plan_seal = plan.seal;
  out.source = plan.source;
  out.organisation = plan.organisation;
  out.before = plan.tenant;
  out.fingerprint = plan.fingerprint;
  for (const Step& step : plan.steps)
    out.steps.push_back({step, Status::pending, 0, {}, {}});
  return out;
}

bool Record::is_of(const Plan& plan) const {
  if (plan_seal != plan.seal || fingerprint != plan.fingerprint || plan_made_at != plan.made_at ||
      steps.size() != plan.steps.size()) {
    return false;
  }
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!(steps[i].step.cmdlet() == plan.steps[i].cmdlet())) return false;
  }
  return true;
}

bool Record::all(Status status) const {
  return std::all_of(steps.begin(), steps.end(),
                     [&](const StepRecord& step) { return step.status == status; });
}

bool Record::was_rolled_back() const {
  return std::any_of(steps.begin(), steps.end(), [](const StepRecord& step) {
    return step.status == Status::undoing || step.status == Status::undone;
  });
}

std::string to_json(const Record& record) {
  Json steps = Json::array();
  for (std::size_t i = 0; i < record.steps.size(); ++i) {
    const StepRecord& step = record.steps[i];
    Json json = step_json(step.step, i + 1);
    json["status"] = name_of(step.status);
    json["since"] = step.since == 0 ? Json(nullptr) : Json(format_time(step.since));
    json["note"] = step.note;
    if (!step.service_warnings.empty()) json["service_warnings"] = step.service_warnings;
    steps.push_back(std::move(json));
  }
  return sealed_text(Json{
      {"schema", record_format},
      {"plan",
       {{"by", record.plan_made_by},
        {"at", format_time(record.plan_made_at)},
        {"seal", record.plan_seal}}},
      {"tenant", named_tenant_json(record.before.name, record.source, record.organisation)},
      {"steps", std::move(steps)},
      {"read", {{"fingerprint", record.fingerprint}, {"tenant", tenant_json(record.before)}}}});
}

Result<Record> read_record(std::string_view text, const std::string& file) {
  const auto known = read_document(text, file, record_format, "postern apply");
  if (!known) return tl::unexpected(known.error());
  const Json& document = *known;
  if (auto seal = check_seal(document, file, "postern apply", by_hand); !seal) {
    return tl::unexpected(seal.error());
  }
  const auto plan = object_member(document, "plan", file);
  const auto tenant = object_member(document, "tenant", file);
  const auto read = object_member(document, "read", file);
  const auto steps = array_member(document, "steps", file);
  for (const auto* part : {&plan, &tenant, &read, &steps}) {
    if (!*part) return tl::unexpected(part->error());
  }
  const auto by = text_member(*plan, "by", file + "#/plan");
  const auto at = text_member(*plan, "at", file + "#/plan");
  const auto of_plan = text_member(*plan, "seal", file + "#/plan");
  const auto name = text_member(*tenant, "name", file + "#/tenant");
  const auto source = text_member(*tenant, "source", file + "#/tenant");
  const auto print = text_member(*read, "fingerprint", file + "#/read");
  const auto organisation = organisation_member(*tenant, file + "#/tenant");
  for (const auto* part : {&by, &at, &of_plan, &name, &source, &print, &organisation}) {
    if (!*part) return tl::unexpected(part->error());
  }
  const auto reading = object_member(*read, "tenant", file + "#/read");
  if (!reading) return tl::unexpected(reading.error());
  auto before = read_tenant(*reading, file + "#/read/tenant");
  if (!before) return tl::unexpected(before.error());
  Record out;
  out.plan_made_by = *by;
  out.plan_made_at = parse_time(*at).value_or(0);
  out.plan_seal = *of_plan;
  out.source = *source;
  out.organisation = *organisation;
  out.before = std::move(*before);
  out.before.name = *name;
  out.fingerprint = *print;
  if (fingerprint(out.before) != out.fingerprint) {
    return fail("the reading of the tenant in it is not the one that its fingerprint is of",
                file + "#/read", by_hand);
  }
  for (std::size_t i = 0; i < steps->size(); ++i) {
    auto step = read_step_record((*steps)[i], fmt::format("{}#/steps/{}", file, i));
    if (!step) return tl::unexpected(step.error());
    out.steps.push_back(std::move(*step));
  }
  std::vector<const Step*> in_order;
  for (const StepRecord& step : out.steps)
    in_order.push_back(&step.step);
  if (auto begin = check_steps_begin_at(out.before, in_order, file + "#/steps", by_hand); !begin) {
    return tl::unexpected(begin.error());
  }
  return out;
}

}  // namespace postern::plan
