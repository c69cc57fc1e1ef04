#include "impact/stated_facts.hpp"

#include <algorithm>
#include <string>

#include "impact/kind.hpp"

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

StatedFacts::StatedFacts(const std::vector<Pin>& pins)
    : pins_(pins), any_(std::any_of(pins.begin(), pins.end(), states_facts)) {}

void StatedFacts::add_to(policy::Submission& submission, const evidence::Message& m) const {
  if (!any_) return;
  const Pin* pin = find_pin(pins_, submission.client_ip, {std::string(m.reverse_path)});
  if (pin == nullptr) return;
  if (is_kept_as_acs(*pin)) submission.azure_communication_services = true;
  policy::ClientCertificate& certificate = submission.certificate;
  if (pin->certificate.empty() || submission.tls == Known::no ||
      certificate.state != policy::ClientCertificate::State::unknown) {
    return;
  }
  submission.tls = Known::yes;
  certificate.state = policy::ClientCertificate::State::presented;
  certificate.subject = pin->certificate;
}

}  // namespace postern::impact
