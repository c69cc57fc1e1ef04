// postern impact TENANT EVIDENCE…: who sends as you without signing in, and who would break?
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/numbers.hpp"
#include "cli/command.hpp"
#include "cli/earlier_run.hpp"
#include "cli/evidence_source.hpp"
#include "cli/impact_options.hpp"
#include "cli/outcomes.hpp"
#include "cli/policy_source.hpp"
#include "cli/questions.hpp"
#include "cli/watch.hpp"
#include "cli/what_if.hpp"
#include "impact/impact.hpp"
#include "plan/shift.hpp"
#include "report/impact_report.hpp"
#include "report/next_step.hpp"
#include "report/tenants_report.hpp"

namespace postern::cli {
namespace {

// What may be long goes out as it is made.
Result<void> write(const OutputOptions& output, const Environment& environment,
                   const report::ImpactDocument& document) {
  if (output.format == "json") {
    return write_document(output, [&](const auto& take) { impact_json_pieces(document, take); });
  }
  if (output.format == "csv") {
    return write_document(output, [&](const auto& take) {
      impact_csv_pieces(document, output.style(environment), take);
    });
  }
  return write_rendered(output, environment, document);
}

Result<void> check_strict(const ImpactArguments& arguments, const impact::Report& report) {
  if (!arguments.strict || report.totals.bad == 0) return {};
  return fail(fmt::format("{}, and --strict was given", counted(report.totals.bad, "bad row")),
              report.bad_rows.front().text(), "mend the evidence or leave --strict away");
}

int write_report(const ImpactArguments& arguments, const impact::Report& report,
                 const report::ImpactHeading& heading, const Environment& environment) {
  if (const auto fine = check_strict(arguments, report); !fine) return report_error(fine.error());
  if (const auto asked = write_questions(arguments.evidence, report, heading.tenant); !asked) {
    return report_error(asked.error());
  }
  const report::ImpactDocument document{report, heading};
  if (const auto written = write(arguments.output, environment, document); !written) {
    return report_error(written.error());
  }
  // A table of senders has no place for what is not there: an empty one would read as "nobody".
  if (arguments.output.format == "csv") {
    fmt::print(stderr, "postern: {}\n", printable(report.conclusion.sentence));
    if (!report.period_asked.empty())
      fmt::print(stderr, "postern: asked for is mail {}\n", report.period_asked);
  }
  if (report.totals.bad > 0) {
    (void)report_error({fmt::format("{} {} left out", counted(report.totals.bad, "bad row"),
                                    report.totals.bad == 1 ? "was" : "were"),
                        report.bad_rows.front().text(), "--strict makes this an error"});
  }
  return outcome_of(heading.shift == nullptr ? report.conclusion : heading.shift->conclusion);
}

// What --if compares: the tenant as it is, as it would be, and the two's domains to collect under.
struct Thought {
  policy::Tenant before;
  policy::Tenant after;
};

Result<std::optional<Thought>> thought_of(const ImpactArguments& arguments, LoadedTenant& loaded) {
  if (arguments.changes.empty()) return std::nullopt;
  policy::Tenant& tenant = loaded.configuration.tenant;
  auto after = changed(tenant, arguments.changes);
  if (!after) return tl::unexpected(after.error());
  if (const auto compiled = policy::Policy::compile(*after); !compiled) {
    return tl::unexpected(compiled.error().front());
  }
  Thought out{tenant, std::move(*after)};
  tenant = plan::with_domains_of_both(tenant, out.after);
  return out;
}

// To decide the evidence again, every kind of message is kept.
impact::Options kept_for(const std::optional<Thought>& thought) {
  impact::Options out;
  out.bystanders = thought.has_value();
  return out;
}

// What of one tenant's run makes no sense for many.
std::vector<std::string> options_of_one(const ImpactArguments& arguments) {
  std::vector<std::string> out;
  if (!arguments.baseline.empty()) out.emplace_back("--baseline");
  if (arguments.watch) out.emplace_back("--watch");
  if (!arguments.changes.empty()) out.emplace_back("--if");
  return out;
}

Result<TenantAnswer> answer_for(const ImpactArguments& arguments, const TenantCase& tenant) {
  if (auto fine = check_strict(arguments, tenant.report); !fine) {
    return tl::unexpected(fine.error());
  }
  report::ImpactHeading heading = report::heading_of(tenant.configuration.tenant);
  heading.most_senders = arguments.top;
  heading.arguments = tenant.arguments;
  heading.questions_file = tenant.evidence.questions;
  const report::ImpactDocument document{tenant.report, heading};
  const auto render = report::renderer_of<report::ImpactDocument>(arguments.output.format);
  return TenantAnswer{
      report::answered(tenant.listed.name, tenant.listed.source, tenant.configuration.tenant,
                       tenant.report.conclusion, next_step(tenant.report, heading)),
      render(document, tenant.style)};
}

int run_many(const ImpactArguments& arguments, const Environment& environment) {
  const TenantsRun many{"impact",
                        arguments.many,
                        arguments.evidence,
                        arguments.live,
                        arguments.output,
                        fmt::format("--top {} --strict {}", arguments.top, arguments.strict),
                        {},
                        [&](const TenantCase& tenant) { return answer_for(arguments, tenant); }};
  return run_many_tenants(many, environment);
}

int run(const ImpactArguments& given, const Environment& environment) {
  ImpactArguments arguments = given;
  if (auto settled = settle_arguments(arguments.many, arguments.tenant, arguments.evidence,
                                      options_of_one(arguments));
      !settled) {
    return report_error(settled.error());
  }
  if (const auto fits = check_output(arguments.output, environment); !fits) {
    return report_error(fits.error());
  }
  if (!arguments.many.list.empty()) return run_many(arguments, environment);
  if (!arguments.changes.empty()) {
    if (auto fits = check_told(arguments.output, "--if"); !fits) return report_error(fits.error());
  }
  if (arguments.evidence.paths.empty()) {
    return report_error({"EVIDENCE is required", {}, "name what tells of mail (docs/evidence.md)"});
  }
  const auto source = EvidenceSource::prepare(arguments.evidence, environment);
  if (!source) return report_error(source.error());
  auto loaded = load_tenant(arguments.tenant, arguments.live, arguments.evidence);
  if (!loaded) return report_error(loaded.error());
  auto earlier = read_earlier_run(arguments.baseline, loaded->configuration.tenant.name);
  if (!earlier) return report_error(earlier.error());
  const auto thought = thought_of(arguments, *loaded);
  if (!thought) return report_error(thought.error());
  const impact::Context context = source->context_of(loaded->configuration);
  const policy::Tenant& tenant = loaded->configuration.tenant;
  report::ImpactHeading heading = report::heading_of(tenant);
  heading.most_senders = arguments.top;
  heading.arguments = command_line_of(arguments.tenant, arguments.live, arguments.evidence);
  heading.questions_file = arguments.evidence.questions;

  int status = bad_input;
  const auto once = [&] {
    const auto report = source->collect(tenant, context, environment, kept_for(*thought));
    if (!report) {
      status = report_error(report.error());
      return false;
    }
    plan::Shift shift;
    if (*thought) {
      auto made = plan::shift_of(*report, (*thought)->before, (*thought)->after, environment.now);
      if (!made) {
        status = report_error(made.error().front());
        return false;
      }
      shift = std::move(*made);
      shift.changes = arguments.changes;
      heading.shift = &shift;
    }
    if (*earlier) heading.changes = impact::compare(**earlier, *report);
    status = write_report(arguments, *report, heading, environment);
    heading.shift = nullptr;
    earlier = senders_of(*report);
    return status != bad_input;
  };
  if (!arguments.watch) {
    (void)once();
    return status;
  }
  // A fault while watching (a file half there, one that is gone) is told and waited out.
  bool is_watching = false;
  watch(arguments.evidence.paths, std::chrono::seconds(arguments.every), [&] {
    const bool fine = once();
    return std::exchange(is_watching, true) || fine;
  });
  return status;
}

}  // namespace

void add_impact_command(CLI::App& app, const Environment& environment, int& exit_code) {
  add_command(app, "impact", "Who sends as you without signing in, and who would break?",
              add_impact_options, run, environment, exit_code);
}

}  // namespace postern::cli
