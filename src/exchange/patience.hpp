// Sending again where the service asks for patience: 429 and 503 with Retry-After, and for what may
// be asked twice also 408, 5xx, broken connections and damaged answers.
#pragma once

#include <chrono>
#include <cstdint>

#include "exchange/http.hpp"

namespace postern::exchange {

struct Patience {
  unsigned attempts = 5;
  /// The same where there is no answer at all: somebody is waiting to learn it.
  unsigned failed_attempts = 3;
  /// A longer Retry-After is not waited for: the answer is handed back as it is.
  std::chrono::seconds longest_wait{120};
};

/// `may_repeat` where asking twice does no harm: then 408, 500, 502, 503, 504, broken connections
/// and answers that do not unpack are repeated too. Waits as Retry-After says (seconds or date, RFC
/// 9110, 10.2.3), else 1, 2, 4, 8 s, each with up to half as much again by chance, so that many
/// callers do not come back at once. Hands back the last answer or failure.
tl::expected<Response, SendFailure> send_patiently(Transport&, const Request&, bool may_repeat,
                                                   const Patience&, const Surroundings&);

/// Seconds of a Retry-After header; -1 where there is none that can be read.
std::int64_t retry_after(const Response&, UnixTime now);

}  // namespace postern::exchange
