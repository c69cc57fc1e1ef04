#include "plan/replay.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "impact/unit.hpp"

namespace postern::plan {

using impact::Shape;
using policy::ClientCertificate;
using policy::Known;
using policy::Policy;

tl::expected<Replay, std::vector<Error>> Replay::under(const policy::Tenant& tenant,
                                                       const std::vector<std::string>& presumed) {
  auto full = Policy::compile(tenant);
  if (!full) return tl::unexpected(std::move(full.error()));
  policy::Tenant recorded = tenant;
  std::erase_if(recorded.inbound_connectors, [&](const policy::InboundConnector& connector) {
    return std::any_of(presumed.begin(), presumed.end(),
                       [&](const std::string& name) { return iequals(name, connector.name); });
  });
  auto without = Policy::compile(recorded);
  if (!without) return tl::unexpected(std::move(without.error()));
  return Replay(std::move(*full), std::move(*without));
}

// Where the evidence tells whether a certificate was presented, nothing is presumed.
const Policy& Replay::policy_for(const Shape& shape, std::string_view certificate) const {
  const bool known =
      shape.certificate != ClientCertificate::State::unknown || shape.tls == Known::no;
  return known || !certificate.empty() ? full_ : recorded_;
}

policy::Verdict Replay::decide(const Shape& shape, std::string_view certificate) const {
  const Policy& policy = policy_for(shape, certificate);
  return shape.with_submission([&](policy::Submission submission) {
    if (!certificate.empty() && shape.certificate == ClientCertificate::State::unknown &&
        shape.tls != Known::no) {
      submission.certificate.state = ClientCertificate::State::presented;
      submission.certificate.subject = certificate;
    }
    return policy::decide(policy, submission);
  });
}

const policy::InboundConnector* Replay::connector_of(const Shape& shape,
                                                     std::string_view certificate,
                                                     const policy::Verdict& verdict) const {
  if (verdict.connector == policy::no_connector) return nullptr;
  return &policy_for(shape, certificate).connector(verdict.connector);
}

Fate Replay::fate_of(const impact::Sender& sender, std::string_view certificate) const {
  Fate out;
  for (const Shape& shape : sender.shapes) {
    const policy::Verdict verdict = decide(shape, certificate);
    impact::count(out.counts, verdict.action, shape.messages);
    out.missing |= verdict.missing;
    out.notes |= verdict.notes;
    if (verdict.action == policy::Action::reject || out.counts.reject == 0) {
      out.reason = verdict.reason;
    }
    const policy::InboundConnector* connector = connector_of(shape, certificate, verdict);
    if (verdict.action == policy::Action::accept && connector != nullptr &&
        std::find(out.connectors.begin(), out.connectors.end(), connector->name) ==
            out.connectors.end()) {
      out.connectors.push_back(connector->name);
    }
  }
  return out;
}

}  // namespace postern::plan
