// Holds differences of random pairs of tenants against decide(), submission by submission:
//
//   build/bench/bench/difference_check [PAIRS] [SUBMISSIONS a pair] [FIRST SEED]
//
// 1000 pairs of 1000000 take about twenty minutes on one core (make differences). Exit status 1 at
// the first contradiction.
#include <cstdint>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

#include "difference/testing/checked_pair.hpp"

int main(int argc, char** argv) {
  using namespace postern::difference;
  const auto argument = [&](int i, std::uint64_t otherwise) {
    return i < argc ? std::strtoull(argv[i], nullptr, 10) : otherwise;
  };
  const std::uint64_t pairs = argument(1, 1000);
  const std::uint64_t submissions = argument(2, 1'000'000);
  const std::uint64_t first = argument(3, 100'000);
  std::uint64_t differing = 0;
  std::uint64_t statements = 0;
  for (std::uint64_t seed = first; seed < first + pairs; ++seed) {
    const auto before = random_tenant(seed);
    const auto after = another_tenant(before, seed + 1'000'000'000);
    const CheckedPair checked(before, after);
    const auto rule = checked.rule();
    std::string wrong = checked.product_contradiction();
    if (wrong.empty()) wrong = checked.statements_contradiction();
    if (wrong.empty()) wrong = checked.witness_contradiction();
    EdgeMail mail(before, after, seed);
    for (std::uint64_t i = 0; i < submissions && wrong.empty(); ++i) {
      const auto& submission = mail.next();
      wrong = checked.contradiction(submission, rule);
      differing += checked.differs_at(submission, rule) ? 1 : 0;
    }
    if (!wrong.empty()) {
      fmt::print("pair {}: {}\n", seed, wrong);
      return 1;
    }
    statements += checked.told.size();
  }
  fmt::print(
      "{} pairs, {} submissions, {} of them decided differently, {} statements: no "
      "contradiction\n",
      pairs, pairs * submissions, differing, statements);
}
