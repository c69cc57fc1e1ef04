// The rule under every value of what Microsoft's documents leave open (docs/choices.md). A verdict
// that holds under all of them holds; one that does not hangs on a choice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "policy/policy.hpp"
#include "policy/tenant.hpp"
#include "policy/verdict.hpp"

namespace postern::policy {

/// The members of Choices. A set is a bit mask.
enum class Choice : std::uint8_t {
  none = 0,
  onmicrosoft_senders = 1 << 0,
  partner_address_match = 1 << 1,
  connector_match = 1 << 2,
  associated_domains = 1 << 3,
  acs_exempt = 1 << 4,
  onpremises_recipient_match = 1 << 5,
};
constexpr Choice operator|(Choice a, Choice b) noexcept {
  return static_cast<Choice>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr Choice& operator|=(Choice& a, Choice b) noexcept {
  return a = a | b;
}
constexpr bool has(Choice set, Choice choice) noexcept {
  return (static_cast<unsigned>(set) & static_cast<unsigned>(choice)) != 0;
}
/// The tenant.toml keys of the choices in a set.
std::vector<std::string_view> keys_of(Choice set);

/// What all readings together say of a submission.
struct Reading {
  Action action = Action::undetermined;  ///< undetermined where the readings disagree
  Fact missing = Fact::none;             ///< over the readings that are undetermined
  Choice hangs_on = Choice::none;        ///< whose value alone can change the action
  Verdict verdict;                       ///< under the tenant's own choices
};

class Readings {
 public:
  /// `settled` choices are known for this tenant: only its own value is tried. Of the others only
  /// those are tried that can matter for its connectors and domains.
  /// Errors: the tenant does not compile.
  static tl::expected<Readings, std::vector<Error>> of(const Tenant&,
                                                       Choice settled = Choice::none);

  /// The policy under the tenant's own choices.
  [[nodiscard]] const Policy& chosen() const noexcept { return chosen_; }
  /// The same readings with the switch turned, where the cloud has it.
  [[nodiscard]] Readings with_reject_direct_send(bool on) const;
  [[nodiscard]] Reading decide(const Submission&) const;
  /// The choices that are tried.
  [[nodiscard]] Choice open() const noexcept { return open_; }

 private:
  struct Variant {
    Policy policy;
    Choices choices;
  };
  explicit Readings(Policy chosen) : chosen_(std::move(chosen)) {}

  Policy chosen_;
  Choice open_ = Choice::none;
  std::vector<Variant> variants_;  ///< every combination but the tenant's own
  Choices own_;
};

}  // namespace postern::policy
