// classification FIRST LAST: makes the worlds of these seeds, names their senders, and prints how
// well that went as Markdown (docs/classification.md).
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>

#include <fmt/format.h>

#include "impact/impact.hpp"
#include "score.hpp"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: classification FIRST LAST\n", stderr);
    return 2;
  }
  postern::example::Score score;
  const std::uint64_t last = std::strtoull(argv[2], nullptr, 10);
  for (std::uint64_t seed = std::strtoull(argv[1], nullptr, 10); seed <= last; ++seed)
    postern::example::judge(seed, score);
  std::fputs(postern::example::markdown(score).c_str(), stdout);
  return score.confident_errors.empty() ? 0 : 1;
}
