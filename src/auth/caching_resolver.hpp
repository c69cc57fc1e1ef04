// Answers kept in this thread for as long as they may be, in front of another Resolver. libunbound
// caches too, but asking its thread costs more than a whole SPF check.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "auth/resolver.hpp"
#include "base/hash.hpp"
#include "base/time.hpp"

namespace postern::auth {

class CachingResolver final : public Resolver {
 public:
  struct Limits {
    std::size_t answers = 20'000;
    /// Of all answers together, with what keeps them. Answers of DNS go up to 64 kB, and whoever is
    /// asked chooses how long his are.
    std::size_t octets = std::size_t{16} << 20;
    std::size_t longest_answer = 8192;  ///< octets; a longer one is passed on and not kept
    std::uint32_t longest_ttl = 3600;   ///< seconds
    std::uint32_t negative_ttl = 60;    ///< of NXDOMAIN and no data
    HashSeed seed;                      ///< names are strangers\' choice
  };
  /// `upstream` outlives this. Failures are not kept. `now` gives the time in seconds.
  CachingResolver(Resolver& upstream, std::function<UnixTime()> now, Limits limits);
  ~CachingResolver() override { *self_ = nullptr; }

  void query(std::string_view name, RecordType type, Done done) override;
  const DnsAnswer* at_hand(std::string_view name, RecordType type) override;
  [[nodiscard]] std::uint64_t hits() const noexcept { return hits_; }
  /// What is kept now.
  [[nodiscard]] std::size_t answers() const noexcept { return entries_.size(); }
  [[nodiscard]] std::size_t octets() const noexcept { return octets_; }

 private:
  struct Entry {
    std::string key;
    DnsAnswer answer;
    UnixTime until = 0;
    std::size_t octets = 0;
  };
  struct Hash {
    HashSeed seed;
    std::size_t operator()(std::string_view key) const noexcept { return hash_of(seed, key); }
  };
  void keep(std::string key, const DnsAnswer& answer);
  void drop(std::list<Entry>::iterator entry);

  Resolver& upstream_;
  std::function<UnixTime()> now_;
  Limits limits_;
  std::list<Entry> entries_;  // the one used last comes first
  std::unordered_map<std::string_view, std::list<Entry>::iterator, Hash>
      places_;  // keys live in entries_
  std::string key_;
  std::size_t octets_ = 0;
  std::uint64_t hits_ = 0;
  /// Answers on their way hold this, to know whether the cache is still there.
  std::shared_ptr<CachingResolver*> self_;
};

}  // namespace postern::auth
