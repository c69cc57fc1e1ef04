// How well the senders of made worlds were named.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "impact/kind.hpp"

namespace postern::example {

struct Score {
  /// [truth][named]: senders.
  std::array<std::array<std::uint64_t, 11>, 11> confusion{};
  std::array<std::array<std::uint64_t, 3>, 2> looks{};  ///< [is attack][Looks]
  struct Bin {
    std::uint64_t senders = 0, right = 0;
    double sum = 0;
  };
  std::array<Bin, 10> bins{};
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> hard;  ///< case: senders, right
  std::uint64_t worlds = 0, mixed = 0;
  /// An attack called legitimate, or a legitimate sender called an attack, above 0.9.
  std::vector<std::string> confident_errors;
};

/// Makes the world of the seed, names its senders and adds to the score.
void judge(std::uint64_t seed, Score&);

std::string markdown(const Score&);

}  // namespace postern::example
