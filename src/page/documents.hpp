// What the page is told, as JSON.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "gate/metrics.hpp"
#include "ledger/change.hpp"
#include "ledger/row.hpp"
#include "page/hour.hpp"
#include "page/json.hpp"
#include "page/running.hpp"
#include "page/standing.hpp"
#include "page/survey.hpp"

namespace postern::page {

/// Everything that the state is written from.
struct State {
  const Snapshot& snapshot;
  const Survey* survey = nullptr;  ///< null: none was made yet
  const gate::Metrics& metrics;
  Health health;
  std::array<Hour::Counts, Hour::minutes> hour;
  UnixTime now = 0;
  UnixTime started = 0;
};

/// Of the accepted domains, in the order of the snapshot.
std::vector<Domain> domains_of(const Snapshot&, const Survey*);

std::string state_json(const State&);

/// The senders that enforcing would stop, domain by domain, and all senders by tenant.
std::string senders_json(const Snapshot&, const Survey*, const std::string& fault);

/// One row, `domain` the accepted domain of its recipient.
void write_row(Json&, const ledger::Row&, const Survey*, const std::string& domain);
/// Why, in a few words.
std::string why_of(const ledger::Record&);

/// Rows that came too fast to be shown one by one.
struct Flood {
  std::uint64_t rows = 0;
  std::array<std::uint64_t, 4> outcomes{};                     ///< by ledger::Outcome
  std::vector<std::pair<std::string, std::uint64_t>> clients;  ///< the busiest first, at most 5
};
void write_flood(Json&, const Flood&);

std::string changes_json(const std::vector<ledger::ChangeRow>&, const Snapshot&, bool is_kept);

/// {"error": "..."}
std::string error_json(std::string_view what);

}  // namespace postern::page
