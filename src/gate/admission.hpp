// How much one client may ask for: connections at once, new connections and messages a minute. An
// IPv6 client is its /64: one host has all of it (RFC 7934).
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "base/hash.hpp"
#include "base/ip.hpp"

namespace postern::gate {

struct AdmissionLimits {
  std::size_t connections = 20000;  ///< at once, of all clients
  std::size_t connections_per_client = 100;
  std::size_t connection_rate = 0;  ///< new ones a minute and client; 0: no limit
  std::size_t message_rate = 0;     ///< a minute and client; 0: no limit
};

/// Shared by all event loops.
class Admission {
 public:
  using Time = std::chrono::steady_clock::time_point;
  enum class Answer : std::uint8_t { admitted, full, too_many, too_fast };

  /// `seed`: drawn once, so that nobody can choose addresses that are slow to look up.
  Admission(const AdmissionLimits& limits, HashSeed seed)
      : limits_(limits), clients_(0, Hash{seed}) {}

  /// One more connection; where admitted, leave() must follow.
  Answer enter(IpAddress client, Time now);
  void leave(IpAddress client);
  /// One more message; false where the client sent enough for this minute.
  bool message(IpAddress client, Time now);
  [[nodiscard]] std::size_t connections() const;
  /// Clients that are known, with or without a connection.
  [[nodiscard]] std::size_t remembered() const;
  void set_limits(const AdmissionLimits& limits);

 private:
  struct Client {
    std::size_t connections = 0;
    std::int64_t minute = 0;  // of the counts below
    std::size_t connected = 0;
    std::size_t messages = 0;
  };
  Client& client(IpAddress address, std::int64_t minute);
  void forget_old(std::int64_t minute);

  struct Hash {
    HashSeed seed;
    std::size_t operator()(uint128 key) const noexcept { return hash_of(seed, key); }
  };

  mutable std::mutex mutex_;
  AdmissionLimits limits_;
  std::unordered_map<uint128, Client, Hash> clients_;
  std::size_t connections_ = 0;
  std::size_t prune_at_ = 10000;
};

}  // namespace postern::gate
