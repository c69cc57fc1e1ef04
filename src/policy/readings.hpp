// The rule under every value of what Microsoft's documents leave open (docs/choices.md). A verdict
// that holds under all of them holds; one that does not hangs on a choice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
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
/// The choices that can change a verdict of this tenant, by its connectors and domains.
[[nodiscard]] Choice that_can_matter(const Tenant&);
/// `given` with one choice answered otherwise, for each other answer that it has.
[[nodiscard]] std::vector<Choices> other_answers(Choice one, const Choices& given);
/// Each choice of a set, alone.
[[nodiscard]] std::vector<Choice> each_of(Choice set);

/// What all readings together say of a submission.
struct Reading {
  Action action = Action::undetermined;  ///< undetermined where the readings disagree
  Fact missing = Fact::none;             ///< over the readings that are undetermined
  Choice hangs_on = Choice::none;        ///< whose value alone can change the action
  Verdict verdict;                       ///< under the tenant's own choices, or what was recorded
  /// The evidence recorded another attribution than the rule gives under any reading. It wins.
  bool is_contradicted = false;
};

class Readings {
 public:
  /// One value for each choice, and the rule under them.
  struct Combination {
    Choices choices;
    Policy policy;
  };

  /// `settled` choices are known for this tenant: only its own value is tried. Of the others only
  /// those are tried that can matter for its connectors and domains.
  /// Errors: the tenant does not compile.
  static tl::expected<Readings, std::vector<Error>> of(const Tenant&,
                                                       Choice settled = Choice::none);

  /// The policy under the tenant's own choices.
  [[nodiscard]] const Policy& chosen() const noexcept { return combinations_.front().policy; }
  [[nodiscard]] const Tenant& tenant() const noexcept { return *tenant_; }
  /// The same readings with the switch turned, where the cloud has it.
  [[nodiscard]] Readings with_reject_direct_send(bool on) const;
  /// Of a message whose attribution was recorded only those readings count that give the same.
  [[nodiscard]] Reading decide(const Submission&) const;

  /// The choices that are tried, and those that are settled.
  [[nodiscard]] Choice open() const noexcept { return open_; }
  [[nodiscard]] Choice settled() const noexcept { return settled_; }
  /// Every combination that is tried, the tenant's own first.
  [[nodiscard]] const std::vector<Combination>& combinations() const noexcept {
    return combinations_;
  }

 private:
  Readings() = default;

  std::shared_ptr<const Tenant> tenant_;
  Choice open_ = Choice::none;
  Choice settled_ = Choice::none;
  std::vector<Combination> combinations_;
  std::vector<Combination> without_connectors_;  ///< one: where the record says that none matched
};

/// The value of every choice but one as given, that one with each of its values.
std::vector<Choices> values_of(Choice choice, const Choices& given);
/// Whether both give the choice the same value.
bool agree_on(Choice choice, const Choices& a, const Choices& b) noexcept;

/// What the rule says of a message's attribution, held against what the evidence recorded.
struct Attribution {
  /// Whether they agree; unknown where either does not tell, or a connector in question was changed
  /// since.
  Known fits = Known::unknown;
  std::uint32_t connector = no_connector;  ///< that the rule gives it to
};
Attribution attribution_of(const Policy&, const Submission&);

}  // namespace postern::policy
