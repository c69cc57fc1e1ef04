// A plan that was made before, proven on today's evidence.
#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "plan/coverage.hpp"
#include "plan/plan.hpp"
#include "plan/proof.hpp"
#include "plan/replay.hpp"

namespace postern::plan {
namespace {

// Nothing in the evidence records a certificate of theirs, so that the connector rests on what the
// plan's author presumed.
bool is_presumed(const impact::Report& report, const std::vector<std::size_t>& senders) {
  return !senders.empty() && std::all_of(senders.begin(), senders.end(), [&](std::size_t index) {
    const auto& shapes = report.senders[index].shapes;
    return std::none_of(shapes.begin(), shapes.end(), [](const impact::Shape& shape) {
      return shape.certificate == policy::ClientCertificate::State::presented;
    });
  });
}

Proposal proposal_of(const Step& step, const impact::Report& report) {
  Proposal out;
  out.connector = *step.after;
  for (std::size_t i = 0; i < report.senders.size(); ++i) {
    const std::string name = printable(report.senders[i].name);
    if (std::find(step.covers.begin(), step.covers.end(), name) != step.covers.end()) {
      out.senders.push_back(i);
    }
  }
  out.presumed =
      !out.connector.tls_sender_certificate_name.empty() && is_presumed(report, out.senders);
  return out;
}

}  // namespace

tl::expected<Proof, std::vector<Error>> prove_again(const Plan& plan, const Request& request) {
  using Faults = std::vector<Error>;
  if (request.report == nullptr) {
    return tl::unexpected(
        Faults{{"there is no evidence to prove the plan on", request.source, {}}});
  }
  const impact::Report& report = *request.report;
  policy::Tenant current = request.configuration->tenant;
  current.choices = report.choices;
  policy::Tenant planned = current;
  Coverage coverage;
  std::vector<std::string> added;
  std::vector<std::string> presumed;
  for (const Step& step : plan.steps) {
    const Step::State state = step.state_in(planned);
    if (state == Step::State::other) {
      return tl::unexpected(
          Faults{{"the tenant is not what the plan was made for: " + step.found_in(planned),
                  request.source, "make the plan again"}});
    }
    if (state == Step::State::before) {
      // Changed now, so that evidence from before tells nothing of what it would have matched.
      Step made = step;
      if (made.after) made.after->when_changed = request.now;
      made.apply_to(planned);
    }
    if (!step.after) continue;
    added.push_back(step.after->name);
    Proposal proposal = proposal_of(step, report);
    if (proposal.presumed) presumed.push_back(proposal.connector.name);
    coverage.proposals.push_back(std::move(proposal));
  }
  const auto replays =
      Replays::of(current, planned, presumed, added, request.context, report.settled);
  if (!replays) return tl::unexpected(replays.error());
  return prove({request.report, request.context, &*replays, &planned, &coverage, &added,
                !plan.steps.empty()});
}

}  // namespace postern::plan
