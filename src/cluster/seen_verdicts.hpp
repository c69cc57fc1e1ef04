// Which verdicts have been seen: a set of ids that takes little room, since the counters of a gate
// follow each other.
#pragma once

#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ledger/verdict_id.hpp"

namespace postern::cluster {

class SeenVerdicts {
 public:
  /// False where it was there before.
  bool add(const ledger::VerdictId& id) {
    Runs& runs = runs_[{id.gate, id.epoch}];
    auto next = runs.upper_bound(id.counter);
    if (next != runs.begin() && std::prev(next)->second >= id.counter) return false;
    const bool joins_next = next != runs.end() && next->first == id.counter + 1;
    const std::int64_t end = joins_next ? next->second : id.counter;
    if (joins_next) next = runs.erase(next);
    if (next != runs.begin() && std::prev(next)->second == id.counter - 1) {
      std::prev(next)->second = end;
    } else {
      runs.emplace_hint(next, id.counter, end);
    }
    return true;
  }

  /// Counters that lie between others of their epoch and were not seen.
  struct Gap {
    std::string gate;
    std::int64_t first = 0;  ///< of the missing
    std::int64_t last = 0;
  };
  [[nodiscard]] std::vector<Gap> gaps() const {
    std::vector<Gap> out;
    for (const auto& [whose, runs] : runs_) {
      for (auto run = runs.begin(); run != runs.end() && std::next(run) != runs.end(); ++run)
        out.push_back({whose.first, run->second + 1, std::next(run)->first - 1});
    }
    return out;
  }

 private:
  using Runs = std::map<std::int64_t, std::int64_t>;  // first to last of what follows each other
  std::map<std::pair<std::string, std::string>, Runs> runs_;
};

}  // namespace postern::cluster
