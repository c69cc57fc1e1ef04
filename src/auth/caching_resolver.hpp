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
#include "base/time.hpp"

namespace postern::auth {

class CachingResolver final : public Resolver {
 public:
  struct Limits {
    std::size_t answers = 20'000;
    std::uint32_t longest_ttl = 3600;  ///< seconds
    std::uint32_t negative_ttl = 60;   ///< of NXDOMAIN and no data
  };
  /// `upstream` outlives this. Failures are not kept. `now` gives the time in seconds.
  CachingResolver(Resolver& upstream, std::function<UnixTime()> now, Limits limits);
  ~CachingResolver() override { *self_ = nullptr; }

  void query(std::string_view name, RecordType type, Done done) override;
  const DnsAnswer* at_hand(std::string_view name, RecordType type) override;
  [[nodiscard]] std::uint64_t hits() const noexcept { return hits_; }

 private:
  struct Entry {
    std::string key;
    DnsAnswer answer;
    UnixTime until = 0;
  };
  void keep(std::string key, const DnsAnswer& answer);

  Resolver& upstream_;
  std::function<UnixTime()> now_;
  Limits limits_;
  std::list<Entry> entries_;  // the one used last comes first
  std::unordered_map<std::string_view, std::list<Entry>::iterator>
      places_;  // keys live in entries_
  std::string key_;
  std::uint64_t hits_ = 0;
  /// Answers on their way hold this, to know whether the cache is still there.
  std::shared_ptr<CachingResolver*> self_;
};

}  // namespace postern::auth
