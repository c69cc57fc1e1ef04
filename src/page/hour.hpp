// The last hour by minutes, as rows come.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "base/ip.hpp"
#include "base/time.hpp"
#include "ledger/record.hpp"
#include "ledger/retellings.hpp"
#include "page/survey.hpp"

namespace postern::page {

/// What a row is to who looks: colours mean good and bad for them, not the verb.
enum class Part : std::uint8_t {
  refused,             ///< looks forged, or nobody knows
  refused_legitimate,  ///< refused, and looks legitimate
  would_refuse,
  undetermined,
  exception,
};
constexpr std::size_t parts = 5;

class Hour {
 public:
  static constexpr std::size_t minutes = 60;
  /// Rows that are told apart again when a survey says otherwise of their senders.
  static constexpr std::size_t most_kept = 200'000;
  using Counts = std::array<std::uint64_t, parts>;

  /// In the order of the ledger. Rows of before the hour count for nothing.
  void add(const ledger::Record& record, UnixTime now);
  /// What senders look like, from now on.
  void look_again(std::shared_ptr<const Survey> survey);

  /// The minute of `now` stands last.
  [[nodiscard]] std::array<Counts, minutes> by_minute(UnixTime now) const;

 private:
  struct Kept {
    std::int64_t minute;
    ledger::Outcome outcome;
    std::optional<IpAddress> client;
  };
  struct Minute {
    std::int64_t number = -1;  ///< minutes since 1970
    Counts counts{};
  };
  Minute& slot(std::int64_t minute);
  [[nodiscard]] Part part_of(ledger::Outcome outcome, const std::optional<IpAddress>& client) const;

  std::array<Minute, minutes> ring_{};
  ledger::Retellings told_;
  std::deque<Kept> kept_;  // those that were refused: others don't hang on who sent them
  std::shared_ptr<const Survey> survey_;
};

}  // namespace postern::page
