// Who would break, from the rows that the ledger holds: `impact` over the last thirty days, tenant
// by tenant and domain by domain.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.hpp"
#include "base/ip.hpp"
#include "base/time.hpp"
#include "impact/impact.hpp"
#include "ledger/reader.hpp"
#include "page/running.hpp"

namespace postern::page {

/// Messages that enforcing refuses or may refuse, by what their senders look like.
struct Pile {
  std::uint64_t messages = 0;
  std::uint64_t senders = 0;
  void add(std::uint64_t count) noexcept {
    messages += count;
    senders += count == 0 ? 0 : 1;
  }
};

/// What enforcing does to one domain, or in force does. The parts sum to all of it.
struct DomainSurvey {
  std::string domain, tenant;
  std::uint64_t rows = 0;  ///< recipients of its mail that the ledger tells of, in that time
  std::uint64_t by_exception = 0;
  /// The oldest row of its own since which all that were read tell of the mode that counts now.
  std::optional<UnixTime> first;
  std::uint64_t bad = 0;  ///< rows that can't be understood, and are its own or may be
  bool is_cut = false;    ///< as Survey::is_cut
  Pile legitimate;        ///< looks so, and is refused
  Pile forged;
  Pile unclear;        ///< may be either, or a fact is missing
  Pile let_it_break;   ///< legitimate, and the administrator lets it break
  std::string answer;  ///< impact's own sentence; empty where there is no mail
  /// Those of the piles, legitimate first, then unclear, most mail first.
  std::vector<impact::Sender> senders;
  /// Senders beyond the 200 that are kept.
  struct LeftOut {
    std::uint64_t forged = 0, others = 0;
  };
  LeftOut left_out;
};

struct TenantSurvey {
  std::string name;
  impact::Report report;
};

struct Survey {
  static constexpr std::int64_t days = 30;
  /// Rows read at most, the newest.
  static constexpr std::int64_t most_rows = 200'000;

  UnixTime made = 0;
  std::uint64_t snapshot = 0;  ///< Snapshot::number
  std::int64_t up_to = 0;      ///< the newest row's id
  std::uint64_t rows = 0;
  std::uint64_t bad = 0;           ///< rows that can't be understood
  std::uint64_t of_others = 0;     ///< rows at domains that are nobody's any more
  std::optional<UnixTime> first;   ///< the oldest row that was read
  bool is_cut = false;             ///< there are older rows of that time that were not
  std::optional<UnixTime> oldest;  ///< the oldest of the ledger
  std::vector<TenantSurvey> tenants;
  std::vector<DomainSurvey> domains;

  [[nodiscard]] const DomainSurvey* of(std::string_view domain) const noexcept;
  /// What the mail of an address looks like; unclear where its senders differ, or nobody knows.
  [[nodiscard]] impact::Looks looks_of(const std::optional<IpAddress>& client) const;

 private:
  friend class SurveyMaker;
  std::unordered_map<std::string, impact::Looks> looks_;
};

/// Errors: the ledger can't be read, a tenant does not compile. Nothing where `stop` became true.
Result<std::shared_ptr<const Survey>> survey_of(ledger::Reader& ledger, const Snapshot& snapshot,
                                                UnixTime now, HashSeed seed,
                                                const std::atomic<bool>& stop);

}  // namespace postern::page
