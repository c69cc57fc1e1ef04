// Every kind of mail decided, without forming the product of all dimensions. Of a sender and a
// recipient only this can still matter: who owns them, which Partner connectors apply to both,
// whether one of those restricts, and what is asked of TLS by domain alone. Pairs that agree in it
// are one plane, looked at once; in a plane sessions are told apart by the certificates that can
// matter there, and then addresses by the connectors that can. What is left are blocks of mail,
// each with what a policy can still ask of it as a few bits; decide() is asked of one submission
// for each such pattern. That the grouping loses nothing is tested against the full product.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "difference/classes.hpp"
#include "difference/effect.hpp"
#include "difference/ways.hpp"

namespace postern::difference {

/// What one policy does with a group of mail.
struct Outcome {
  Effect effect = Effect::accepted;
  Effect effect_acs = Effect::accepted;  ///< recognised as Azure Communication Services
  policy::Reason reason = policy::Reason::missing_facts;
  bool has_connector = false;  ///< one decides; which, each submission has its own answer to

  [[nodiscard]] bool same_effects(const Outcome& other) const noexcept {
    return effect == other.effect && effect_acs == other.effect_acs;
  }
};

struct Plane {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;  ///< classes of sender and recipient
  std::vector<std::uint32_t> patterns;  ///< by variant: what can be asked of sender and recipient
};

/// Mail that one plane's decisions hold for: its pairs, times these sessions, times these
/// addresses.
struct Block {
  std::size_t plane = 0;
  const Bits* sessions = nullptr;
  const Bits* addresses = nullptr;
  std::span<const Outcome> outcomes;  ///< by variant
};

class Planes {
 public:
  Planes(const Space&, const Classes&, std::span<const Variant>);

  [[nodiscard]] std::span<const Plane> all() const { return planes_; }
  /// One submission of a block.
  [[nodiscard]] policy::Submission example_of(const Block&) const;
  /// Hands on every block: together they hold every kind of mail once. The number of outcomes that
  /// were handed on, or an error where those are more than `limit`.
  Result<std::uint64_t> visit(const std::function<void(const Block&)>&,
                              std::uint64_t limit = most_decisions) const;

  static constexpr std::uint64_t most_decisions = 100'000'000;
  static constexpr std::size_t most_pairs = 4'000'000;  ///< of classes of senders and recipients

 private:
  class Visit;
  void group();

  const Space& space_;
  const Classes& classes_;
  std::span<const Variant> variants_;
  std::vector<Ways> ways_;  ///< by variant
  std::vector<Plane> planes_;
};

}  // namespace postern::difference
