// postern audit TENANT: is Direct Send rejected, and how exposed is the front door?
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "audit/audit.hpp"
#include "base/ascii.hpp"
#include "base/time_left.hpp"
#include "cli/audit_options.hpp"
#include "cli/audit_request.hpp"
#include "cli/command.hpp"
#include "cli/earlier_audit.hpp"
#include "cli/outcomes.hpp"
#include "cli/policy_source.hpp"
#include "cli/tenants_audit.hpp"
#include "report/audit_report.hpp"
#include "report/controls_report.hpp"

namespace postern::cli {
namespace {

// The controls that were asked for, the waivers, and today.
Result<audit::Request> prepare(const AuditArguments& arguments, const Environment& environment) {
  auto request = audit_request(arguments.controls, arguments.waivers, environment.now);
  if (!request || arguments.control.empty()) return request;
  const auto id = audit::find_control(arguments.control, request->controls);
  if (!id) return fail(id.error().what, "--control", id.error().remedy);
  std::erase_if(request->controls, [&](const audit::Control& each) { return each.id != *id; });
  return request;
}

// For one control only what it looks at is asked of a live tenant: one call for 6.5.5.
LiveOptions live_options(const AuditArguments& arguments, const audit::Request& request) {
  LiveOptions live = arguments.live;
  if (!arguments.control.empty()) live.cmdlets = audit::cmdlets_of(request.controls.front());
  return live;
}

bool is_of_many(const AuditArguments& arguments) {
  return !arguments.tenants.empty() || arguments.sources.size() > 1;
}

// nullopt: there is none.
Result<std::optional<EarlierAudits>> read_baseline(const AuditArguments& arguments) {
  if (arguments.baseline.empty()) return std::nullopt;
  auto baseline = read_earlier_audits(arguments.baseline);
  if (!baseline) return tl::unexpected(baseline.error());
  const bool many = is_of_many(arguments);
  if (baseline->contains("") == many) {
    return fail(many ? "is the audit of one tenant" : "is the audit of several tenants",
                arguments.baseline, "name what the same command wrote");
  }
  return std::optional(std::move(*baseline));
}

audit::Extent extent_of(const AuditArguments& arguments) {
  return arguments.control.empty() ? audit::Extent::whole : audit::Extent::one_control;
}

// "exports/contoso/" and "live:contoso" are called contoso, as is contoso.toml.
std::string name_of_source(const std::string& source) {
  if (const std::string_view live = live_name(source); !live.empty()) return std::string(live);
  const std::filesystem::path path = std::filesystem::path(source).lexically_normal();
  const std::filesystem::path last = path.has_filename() ? path : path.parent_path();
  std::error_code unknown;
  const bool folder = std::filesystem::is_directory(source, unknown);
  return (folder ? last.filename() : last.stem()).string();
}

Result<std::vector<tenant::ListedTenant>> listed_tenants(const AuditArguments& arguments) {
  if (!arguments.tenants.empty()) return tenant::read_tenants(arguments.tenants);
  std::vector<tenant::ListedTenant> out;
  std::map<std::string, std::size_t> alike;
  for (const std::string& source : arguments.sources)
    ++alike[name_of_source(source)];
  std::set<std::string> named, sources;
  for (const std::string& source : arguments.sources) {
    // contoso/tenant and fabrikam/tenant would both be called tenant.
    std::string name = name_of_source(source);
    if (alike[name] > 1) name = source;
    // Under another name it is the same tenant all the same: contoso and ./contoso.
    const std::string path = std::filesystem::path(source).lexically_normal().string();
    const bool is_new = named.insert(name).second;
    if (!sources.insert(path).second || !is_new) {
      return fail("is named twice", source, "name each tenant once");
    }
    tenant::ListedTenant& one = out.emplace_back();
    one.name = name;
    one.source = source;
  }
  return out;
}

int audit_many(const AuditArguments& arguments, const Environment& environment,
               audit::Request request) {
  if (auto fits = check_written_as<report::AuditsDocument>(arguments.output, "several tenants");
      !fits) {
    return report_error(fits.error());
  }
  auto listed = listed_tenants(arguments);
  if (!listed) return report_error(listed.error());
  auto baseline = read_baseline(arguments);
  if (!baseline) return report_error(baseline.error());

  SideBySide work;
  work.tenants = std::move(*listed);
  work.live = live_options(arguments, request);
  work.records = arguments.records;
  work.request = std::move(request);
  work.baseline = std::move(*baseline);
  work.extent = extent_of(arguments);
  work.workers = arguments.parallel;
  work.render = report::renderer_of<report::TenantPart>(arguments.output.format);
  work.style = arguments.output.style(environment);
  work.exit_code = [&](const audit::AuditReport& report) {
    return outcome_of(report, arguments.strict);
  };
  if (environment.shows_progress) {
    const auto begun = std::chrono::steady_clock::now();
    work.progress = [&, begun](std::size_t done) {
      const double part = static_cast<double>(done) / static_cast<double>(work.tenants.size());
      fmt::print(stderr, "\r\x1b[K{} of {} tenants{}", done, work.tenants.size(),
                 time_left(part, std::chrono::steady_clock::now() - begun));
    };
  }
  const SideBySideOutcome done = audit_side_by_side(work);
  if (environment.shows_progress) fmt::print(stderr, "\r\x1b[K");
  const report::AuditsDocument document{done.tenants, work.request.controls};
  if (const auto written = write_rendered(arguments.output, environment, document); !written) {
    return report_error(written.error());
  }
  return done.exit_code;
}

int audit_one(const AuditArguments& arguments, const Environment& environment,
              const audit::Request& request) {
  const auto baseline = read_baseline(arguments);
  if (!baseline) return report_error(baseline.error());
  const LiveOptions live = live_options(arguments, request);
  auto tenant = load_tenant(arguments.sources.front(), live);
  if (!tenant) return report_error(tenant.error());
  // One control asks the tenant for what it looks at; the records are no part of that.
  const bool whole_live = !live_name(arguments.sources.front()).empty() && live.cmdlets.empty();
  if (auto done = complete_records(tenant->configuration, arguments.records, whole_live); !done) {
    return report_error(done.error());
  }

  const auto report = audit::run_audit(tenant->configuration, tenant->policy, request);
  std::optional<audit::Comparison> since;
  if (*baseline) {
    since = audit::compare(*(*baseline)->begin()->second, report, extent_of(arguments));
  }
  const report::AuditDocument document{report, since};
  if (const auto written = write_rendered(arguments.output, environment, document); !written) {
    return report_error(written.error());
  }
  return outcome_since(outcome_of(report, arguments.strict), since);
}

int list_controls(const AuditArguments& arguments, const Environment& environment) {
  if (auto fits =
          check_written_as<report::ControlsDocument>(arguments.output, "a list of controls");
      !fits) {
    return report_error(fits.error());
  }
  const auto catalogue = audit::load_catalogue(arguments.controls);
  if (!catalogue) return report_error(catalogue.error());
  const auto written =
      write_rendered(arguments.output, environment, report::ControlsDocument{*catalogue});
  return written ? holds : report_error(written.error());
}

int run(const AuditArguments& arguments, const Environment& environment) {
  if (const auto fits = check_output(arguments.output, environment); !fits) {
    return report_error(fits.error());
  }
  if (arguments.sources.empty() == arguments.tenants.empty()) {
    if (arguments.sources.empty() && arguments.names_controls) {
      return list_controls(arguments, environment);
    }
    return report_error(
        {"audit takes either TENANT or --tenants FILE", "", "see postern audit --help"});
  }
  if (arguments.names_controls && arguments.controls.empty()) {
    return report_error({"needs a folder beside TENANT", "--controls",
                         "name one, or leave TENANT away to list all controls"});
  }
  if (auto fine = check_record_options(arguments.records); !fine) {
    return report_error(fine.error());
  }
  auto request = prepare(arguments, environment);
  if (!request) return report_error(request.error());
  if (is_of_many(arguments)) return audit_many(arguments, environment, std::move(*request));
  return audit_one(arguments, environment, *request);
}

}  // namespace

void add_audit_command(CLI::App& app, const Environment& environment, int& exit_code) {
  add_command(app, "audit", "Is Direct Send rejected, and how exposed is the front door?",
              add_audit_options, run, environment, exit_code);
}

}  // namespace postern::cli
