#include "plan/replay.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/ascii.hpp"
#include "impact/unit.hpp"

namespace postern::plan {

using impact::Shape;
using policy::ClientCertificate;
using policy::Known;
using policy::Readings;

namespace {

// Two that are not determined may be so for the same reason, which is no difference.
bool are_alike(const policy::Reading& a, const policy::Reading& b) noexcept {
  return a.action == b.action && (a.action != policy::Action::undetermined ||
                                  (a.missing == b.missing && a.hangs_on == b.hangs_on &&
                                   a.verdict.reason == b.verdict.reason));
}

}  // namespace

bool may_be_lost(const policy::Reading& before, const policy::Reading& after) noexcept {
  return before.action != policy::Action::reject && after.action != policy::Action::accept &&
         !are_alike(before, after);
}

bool may_be_gained(const policy::Reading& before, const policy::Reading& after) noexcept {
  return before.action != policy::Action::accept && after.action != policy::Action::reject &&
         !are_alike(before, after);
}

tl::expected<Replay, std::vector<Error>> Replay::under(const policy::Tenant& tenant,
                                                       const std::vector<std::string>& presumed,
                                                       policy::Choice settled) {
  auto full = Readings::of(tenant, settled);
  if (!full) return tl::unexpected(std::move(full.error()));
  policy::Tenant recorded = tenant;
  std::erase_if(recorded.inbound_connectors, [&](const policy::InboundConnector& connector) {
    return std::any_of(presumed.begin(), presumed.end(),
                       [&](const std::string& name) { return iequals(name, connector.name); });
  });
  auto without = Readings::of(recorded, settled);
  if (!without) return tl::unexpected(std::move(without.error()));
  return Replay(std::move(*full), std::move(*without));
}

// Where the evidence tells whether a certificate was presented, nothing is presumed.
const Readings& Replay::readings_for(const Shape& shape, std::string_view certificate) const {
  const bool known =
      shape.certificate != ClientCertificate::State::unknown || shape.tls == Known::no;
  return known || !certificate.empty() ? full_ : recorded_;
}

policy::Reading Replay::decide(const Shape& shape, std::string_view certificate) const {
  const Readings& readings = readings_for(shape, certificate);
  return shape.with_submission([&](policy::Submission submission) {
    if (!certificate.empty() && shape.certificate == ClientCertificate::State::unknown &&
        shape.tls != Known::no) {
      submission.certificate.state = ClientCertificate::State::presented;
      submission.certificate.subject = certificate;
    }
    return readings.decide(submission);
  });
}

const policy::InboundConnector* Replay::connector_of(const Shape& shape,
                                                     std::string_view certificate,
                                                     const policy::Reading& reading) const {
  const std::uint32_t connector = reading.verdict.connector;
  if (connector == policy::no_connector) return nullptr;
  return &readings_for(shape, certificate).chosen().connector(connector);
}

Fate Replay::fate_of(const impact::Sender& sender, std::string_view certificate) const {
  Fate out;
  for (const Shape& shape : sender.shapes) {
    const policy::Reading reading = decide(shape, certificate);
    impact::count(out.counts, reading.action, shape.messages);
    out.missing |= reading.missing;
    out.notes |= reading.verdict.notes;
    out.hangs_on |= reading.hangs_on;
    out.hanging += reading.hangs_on != policy::Choice::none ? shape.messages : 0;
    if (reading.action == policy::Action::reject || out.counts.reject == 0) {
      out.reason = reading.verdict.reason;
    }
    const policy::InboundConnector* connector = connector_of(shape, certificate, reading);
    if (reading.action == policy::Action::accept && connector != nullptr &&
        std::find(out.connectors.begin(), out.connectors.end(), connector->name) ==
            out.connectors.end()) {
      out.connectors.push_back(connector->name);
    }
  }
  return out;
}

}  // namespace postern::plan
