// What one message may cost. Whoever sends it writes its header: without a bound over all that a
// header asks for, a few kilobytes buy hundreds of look-ups and verifications.
#pragma once

#include <string_view>
#include <utility>

#include "auth/resolver.hpp"

namespace postern::auth {

struct MessageWork {
  /// Signatures tried against keys, of DKIM and ARC together: 50 ARC sets (RFC 8617, 4.2.1), ten
  /// DKIM signatures and a few spare keys.
  unsigned verifications = 100;

  /// False where none is left.
  bool take_verification() noexcept {
    if (verifications == 0) return false;
    --verifications;
    return true;
  }
};

/// Passes so many questions on; further ones end in a server failure.
class MeteredResolver final : public Resolver {
 public:
  /// `upstream` outlives this.
  MeteredResolver(Resolver& upstream, unsigned most) : upstream_(upstream), left_(most) {}

  void query(std::string_view name, RecordType type, Done done) override {
    if (left_ == 0) {
      exhausted_ = true;
      done(DnsAnswer{});
      return;
    }
    --left_;
    upstream_.query(name, type, std::move(done));
  }
  const DnsAnswer* at_hand(std::string_view name, RecordType type) override {
    if (left_ == 0) return nullptr;
    const DnsAnswer* known = upstream_.at_hand(name, type);
    if (known != nullptr) --left_;
    return known;
  }
  [[nodiscard]] bool exhausted() const noexcept { return exhausted_; }

 private:
  Resolver& upstream_;
  unsigned left_;
  bool exhausted_ = false;
};

}  // namespace postern::auth
