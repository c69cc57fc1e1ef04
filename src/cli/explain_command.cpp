// postern explain TENANT --ip … --mail-from …: one decision, step by step.
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/explain_options.hpp"
#include "cli/outcomes.hpp"
#include "cli/policy_source.hpp"
#include "judge/sender_readings.hpp"
#include "report/explain_report.hpp"
#include "tenant/write.hpp"

namespace postern::cli {
namespace {

// As what else a gate that enforces judges the sender: it refuses whatever the switch says.
std::vector<report::Explanation::OtherReading> other_readings(const policy::Policy& policy,
                                                              const ExplainedFacts& facts) {
  std::vector<report::Explanation::OtherReading> out;
  const policy::Policy enforced = policy.with_switch(policy::Policy::Switch::on_everywhere);
  const policy::Submission& s = facts.submission;
  if (s.reverse_path.state != policy::ReversePath::State::address) return out;
  const std::vector<std::string> own = judge::own_readings(
      enforced, judge::other_domains_of(facts.sender), s.recipient_domain.value_or(""),
      enforced.facts_of(enforced.tenants().front()).default_domain);
  for (judge::Reading& each : judge::readings_of(enforced, s, decide(enforced, s), own))
    out.push_back({std::move(each.domain), each.verdict});
  return out;
}

int run(const ExplainArguments& a, const Environment& environment) {
  const auto tenant = load_tenant(a.tenant, a.live);
  if (!tenant) return report_error(tenant.error());
  const auto facts = facts_of(a);
  if (!facts) return report_error(facts.error());
  report::Explanation explanation;
  explanation.given = (*facts)->given;
  policy::Policy policy = tenant->policy;
  explanation.tenant = tenant->configuration.tenant.name;
  explanation.reject_direct_send = policy::name_of(tenant->configuration.tenant.reject_direct_send);
  if (!a.what_if.empty()) {
    explanation.what_if = a.what_if == "on";
    policy = policy.with_reject_direct_send(*explanation.what_if);
  }
  for (const tenant::ChoiceInForce& choice :
       tenant::choices_in_force(tenant->configuration.tenant.choices)) {
    explanation.choices.push_back({choice.key, choice.value, choice.changed});
  }
  explanation.verdict = decide(policy, (*facts)->submission, explanation.trace);
  explanation.other_readings = other_readings(policy, **facts);
  explanation.nearest = policy::nearest_connector(policy, (*facts)->submission);

  const report::ExplainDocument document{explanation, policy};
  if (const auto written = write_rendered(a.output, environment, document); !written) {
    return report_error(written.error());
  }
  tell_assumed(tenant->configuration);
  return outcome_of(explanation.verdict);
}

}  // namespace

void add_explain_command(CLI::App& app, const Environment& environment, int& exit_code) {
  add_command(app, "explain", "One decision, step by step.", add_explain_options, run, environment,
              exit_code);
}

}  // namespace postern::cli
