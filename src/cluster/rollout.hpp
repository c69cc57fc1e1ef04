// Which revisions of the policy which gates may take: the key "plan" of the bucket `rollout`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace postern::cluster {

inline constexpr const char* plan_key = "plan";

struct Rollout {
  static constexpr std::uint64_t latest = UINT64_MAX;
  std::uint64_t stable = latest;  ///< every gate may take revisions up to this one
  std::uint64_t canary = latest;  ///< and these gates up to that one
  std::vector<std::string> canary_gates;
  /// Removals up to this revision are meant, however many tenants go by them; of that bucket alone.
  std::uint64_t confirmed = 0;
  /// Removals of later revisions that are meant one by one, in their order.
  std::vector<std::uint64_t> meant;
  std::string confirmed_in;  ///< the bucket's incarnation, for both

  /// The newest revision that a gate may take.
  [[nodiscard]] std::uint64_t limit_for(std::string_view gate) const noexcept;
  /// Somebody said that the removal of that revision is meant, in that bucket.
  [[nodiscard]] bool means(std::uint64_t removal, std::string_view incarnation) const noexcept;
  /// Says so of every removal up to a revision, or of that one alone.
  void confirm(std::uint64_t up_to, const std::string& incarnation);
  void mean(std::uint64_t removal, const std::string& incarnation);
  friend bool operator==(const Rollout&, const Rollout&) = default;
};

std::string write_rollout(const Rollout&);
Result<Rollout> read_rollout(std::string_view bytes);

/// Whether so many tenants would go that somebody must say that it is meant: all of them, or more
/// than a tenth.
[[nodiscard]] constexpr bool needs_confirmation(std::size_t before, std::size_t after) noexcept {
  return after < before && (after == 0 || (before - after) * 10 > before);
}

}  // namespace postern::cluster
