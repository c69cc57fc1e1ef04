// postern plan next PLAN [EVIDENCE…]: which stage of a plan is due, and whether what it waits for
// holds.
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "cli/plan_next_options.hpp"
#include "cli/policy_source.hpp"
#include "plan/next.hpp"
#include "plan/plan.hpp"
#include "plan/record.hpp"
#include "report/next_report.hpp"

namespace postern::cli {
namespace {

Result<plan::Plan> plan_in(const std::string& file) {
  const auto text = read_text(file);
  if (!text) return tl::unexpected(text.error());
  return plan::read_plan(*text, file);
}

// The record of this plan, which tells when each step was done.
Result<std::optional<plan::Record>> record_for(const PlanNextArguments& arguments,
                                               const plan::Plan& plan) {
  const std::string usual = arguments.plan_file + ".record.json";
  const std::string& file = arguments.record.empty() ? usual : arguments.record;
  std::error_code failed;
  if (arguments.record.empty() && !std::filesystem::exists(file, failed)) return std::nullopt;
  const auto text = read_text(file);
  if (!text) return tl::unexpected(text.error());
  auto record = plan::read_record(*text, file);
  if (!record) return tl::unexpected(record.error());
  if (!record->is_of(plan)) {
    return fail("is the record of another plan", file, "name this plan's with --record");
  }
  return std::move(*record);
}

struct Seen {
  impact::Report report;
  plan::NewMail mail;
  std::optional<plan::Proof> again;  ///< of a tenant that nobody else changed
};

std::vector<plan::UnreachedSender> unreached_in(const plan::Plan& plan) {
  for (const plan::Stage& stage : plan.stages)
    if (stage.kind == plan::Stage::Kind::rule) return stage.unreached;
  return {};
}

Result<Seen> look(const PlanNextArguments& arguments, const EvidenceSource& source,
                  const plan::Plan& plan, const plan::Standing& standing,
                  const policy::Readings& readings, const tenant::Configuration& now,
                  const Environment& environment) {
  const impact::Context context = source.context_of(now);
  Seen out{{},
           plan::NewMail(readings, standing.look_for, unreached_in(plan), standing.from),
           std::nullopt};
  impact::Options kept;
  kept.most_shapes = arguments.most_shapes;
  kept.bystanders = true;
  kept.seen = [&mail = out.mail](const evidence::Message& m) { mail.see(m); };
  auto report = source.collect(now.tenant, context, environment, kept);
  if (!report) return tl::unexpected(report.error());
  out.report = std::move(*report);
  if (!standing.drift.empty()) return out;
  plan::Request request;
  request.configuration = &now;
  request.context = &context;
  request.report = &out.report;
  request.source = plan.source;
  request.now = environment.now;
  auto again = plan::prove_again(plan, request);
  if (!again) return tl::unexpected(last_of(std::move(again.error())));
  out.again = std::move(*again);
  return out;
}

int status_of(plan::Check check) {
  switch (check) {
    case plan::Check::holds:
      return holds;
    case plan::Check::fails:
      return does_not_hold;
    case plan::Check::not_known:
      break;
  }
  return not_determined;
}

int run_next(const PlanNextArguments& arguments, const Environment& environment) {
  const auto source = EvidenceSource::prepare(arguments.evidence, environment);
  if (!source) return report_error(source.error());
  const auto plan = plan_in(arguments.plan_file);
  if (!plan) return report_error(plan.error());
  const auto record = record_for(arguments, *plan);
  if (!record) return report_error(record.error());
  const std::string& tenant = arguments.tenant.empty() ? plan->source : arguments.tenant;
  const auto loaded = load_tenant(tenant, arguments.live, arguments.evidence);
  if (!loaded) return report_error(loaded.error());
  const tenant::Configuration& now = loaded->configuration;
  const auto standing =
      plan::standing_of(*plan, now, tenant, *record ? &**record : nullptr, source->since());
  if (!standing) return report_error(standing.error());
  const auto readings = policy::Readings::of(standing->planned);
  if (!readings) return report_error(last_of(readings.error()));
  std::optional<Seen> seen;
  if (!arguments.evidence.paths.empty()) {
    auto looked = look(arguments, *source, *plan, *standing, *readings, now, environment);
    if (!looked) return report_error(looked.error());
    seen.emplace(std::move(*looked));
  }
  plan::Next next =
      plan::next_of(*plan, *standing, seen ? &seen->mail : nullptr, seen ? &seen->report : nullptr,
                    seen && seen->again ? &*seen->again : nullptr);
  next.source = tenant;
  next.file = arguments.plan_file;
  if (const auto written = write_rendered(arguments.output, environment, next); !written) {
    return report_error(written.error());
  }
  return status_of(next.check);
}

}  // namespace

void add_plan_next_options(CLI::App& command, PlanNextArguments& arguments) {
  command.add_option("PLAN", arguments.plan_file, "What postern plan --plan wrote")->required();
  add_evidence_options(command, arguments.evidence);
  command
      .add_option("--tenant", arguments.tenant,
                  "The tenant as it is now (default: read again where the plan read it): "
                  "tenant.toml, a JSON export, a folder of exports, or live:NAME")
      ->type_name("TENANT");
  command
      .add_option("--record", arguments.record,
                  "The record of postern apply, which tells when each step was done (default: "
                  "PLAN.record.json, if it is there)")
      ->type_name("FILE");
  add_most_shapes_option(command, arguments.most_shapes);
  add_live_options(command, arguments.live);
  add_output_options<plan::Next>(command, arguments.output);
  command.footer(
      "Give evidence that is newer than the stage before; what is older is counted and tells "
      "nothing. Where neither tenant nor record tell when a stage was done, --since does. Changes "
      "nothing.\nExit status: 0 what the stage waits for holds, and it may be done; 1 it fails for "
      "certain, such as mail of a sender that no connector took after its own was made; 2 wrong "
      "usage or bad input; 3 not known: no new evidence of a sender, or it does not tell.");
}

void add_plan_next_command(CLI::App& plan, const Environment& environment, int& exit_code) {
  add_command(plan, "next", "Which stage of a plan is due, and whether its check holds",
              add_plan_next_options, run_next, environment, exit_code);
}

}  // namespace postern::cli
