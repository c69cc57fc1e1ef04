#include "impact/stated_facts.hpp"

#include <algorithm>
#include <string>

#include "impact/kind.hpp"
#include "policy/readings.hpp"

namespace postern::impact {
namespace {

using policy::Known;

bool is_kept_as_acs(const Pin& pin) noexcept {
  return pin.kind == Kind::azure_communication_services && outcome_of(pin) == Decision::keep;
}

bool states_facts(const Pin& pin) noexcept {
  return is_kept_as_acs(pin) || !pin.certificate.empty();
}

}  // namespace

StatedFacts::StatedFacts(const std::vector<Pin>& pins, const policy::Policy& policy)
    : pins_(pins), policy_(policy), any_(std::any_of(pins.begin(), pins.end(), states_facts)) {}

bool StatedFacts::is_refuted(const policy::Submission& recorded,
                             const policy::Submission& stated) const {
  if (recorded.observed.state == policy::ObservedAttribution::State::unknown) return false;
  return policy::attribution_of(policy_, stated).fits == Known::no &&
         policy::attribution_of(policy_, recorded).fits != Known::no;
}

void StatedFacts::add_to(policy::Submission& submission, const evidence::Message& m) {
  if (!any_) return;
  const Pin* pin = find_pin(pins_, submission.client_ip, {std::string(m.reverse_path)});
  if (pin == nullptr) return;
  if (is_kept_as_acs(*pin)) submission.azure_communication_services = true;
  if (pin->certificate.empty() || submission.tls == Known::no ||
      submission.certificate.state != policy::ClientCertificate::State::unknown) {
    return;
  }
  policy::Submission stated = submission;
  stated.tls = Known::yes;
  stated.certificate.state = policy::ClientCertificate::State::presented;
  stated.certificate.subject = pin->certificate;
  if (is_refuted(submission, stated)) {
    refuted_[pin->where.text()] += m.count;
    return;
  }
  submission = stated;
  certified_ += outcome_of(*pin) == Decision::keep ? m.count : 0;
}

}  // namespace postern::impact
