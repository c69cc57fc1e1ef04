#include "impact/trial.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tenant/connector_limits.hpp"

namespace postern::impact {
namespace {

using policy::Action;
using policy::InboundConnector;

// The connector under a name that no other has: the trial asks what it does, not how it is called.
policy::Tenant with(policy::Tenant tenant, InboundConnector connector) {
  while (std::any_of(tenant.inbound_connectors.begin(), tenant.inbound_connectors.end(),
                     [&](const auto& other) { return other.name == connector.name; })) {
    connector.name += " (new)";
  }
  tenant.inbound_connectors.push_back(std::move(connector));
  return tenant;
}

// What was recorded of the attribution was recorded without the connector.
Action decide(const policy::Readings& readings, const Shape& shape) {
  return shape.with_submission([&](policy::Submission submission) {
    submission.observed = {};
    return readings.decide(submission).action;
  });
}

}  // namespace

void Trial::decide_before() {
  const policy::Readings rejecting = readings_.with_reject_direct_send(true);
  for (const Sender& sender : senders_) {
    for (const Shape& shape : sender.shapes)
      before_.push_back({decide(readings_, shape), decide(rejecting, shape)});
  }
  verdicts_ += before_.size() * 2;
}

bool Trial::knows_certificates() {
  if (!knows_certificates_) {
    knows_certificates_ = std::any_of(senders_.begin(), senders_.end(), [](const Sender& sender) {
      return std::any_of(sender.shapes.begin(), sender.shapes.end(), [](const Shape& shape) {
        return shape.certificate != policy::ClientCertificate::State::unknown;
      });
    });
  }
  return *knows_certificates_;
}

std::optional<TrialOutcome> Trial::of(const InboundConnector& connector, std::size_t number) {
  if (shapes_ == 0) {
    for (const Sender& sender : senders_)
      shapes_ += sender.shapes.size();
  }
  const Sender& own = senders_[number];
  if (own.shapes.empty() || verdicts_ + shapes_ * 4 > most_verdicts) return std::nullopt;
  if (before_.empty()) decide_before();
  TrialOutcome out;
  const policy::Tenant tenant = with(readings_.tenant(), connector);
  const auto refused = tenant::refused_by_exchange(tenant.inbound_connectors.back(), tenant,
                                                   &tenant.inbound_connectors.back());
  if (!refused.empty()) {
    out.against = refused.front().what;
    return out;
  }
  const auto changed = policy::Readings::of(tenant, readings_.settled());
  if (!changed) return std::nullopt;
  const policy::Readings rejecting = changed->with_reject_direct_send(true);
  verdicts_ += shapes_ * 2;

  std::size_t at = 0;
  std::uint64_t forged = 0, taken = 0, not_taken = 0;
  for (std::size_t i = 0; i < senders_.size(); ++i) {
    const Sender& sender = senders_[i];
    std::uint64_t newly_refused = 0, newly_in = 0;
    for (const Shape& shape : sender.shapes) {
      const Before& before = before_[at++];
      const Action now = decide(*changed, shape);
      const Action then = decide(rejecting, shape);
      if (i == number) {
        taken += then == Action::accept ? shape.messages : 0;
        not_taken += then == Action::reject ? shape.messages : 0;
        continue;
      }
      if (before.now == Action::accept && now == Action::reject) newly_refused += shape.messages;
      if (before.with_rejection != Action::accept && then == Action::accept) {
        newly_in += shape.messages;
      }
    }
    out.refused += newly_refused;
    out.refused_senders += newly_refused > 0 ? 1 : 0;
    out.let_in += newly_in;
    out.let_in_senders += newly_in > 0 ? 1 : 0;
    forged += sender.looks == Looks::forged ? newly_in : 0;
  }
  if (forged > 0) {
    out.against = fmt::format("it would let in {} messages that look forged", forged);
  } else if (taken == 0 && not_taken > 0) {
    out.against = "it would not take this sender's mail";
  } else {
    out.is_not_told = taken == 0;
  }
  return out;
}

}  // namespace postern::impact
