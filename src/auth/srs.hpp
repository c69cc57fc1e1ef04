// Sender Rewriting Scheme: a forwarder rewrites the envelope sender to its own domain, so that SPF
// holds at the next hop, and turns bounces back into the address they belong to.
//
//   ann@example.com      SRS0=HHHH=TT=example.com=ann@forwarder.example
//   SRS0=…@first.example SRS1=HHHH=first.example==HHHH=TT=example.com=ann@second.example
//
// (Shevek, "The Sender Rewriting Scheme"; the hash and the timestamp are those of libsrs2,
// Mail::SRS and postsrsd, so that machines of one domain may run different ones.)
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace postern::auth {

struct SrsOptions {
  /// The domain that bounces come back to.
  std::string domain;
  /// Senders in these domains, and in `domain`, are not rewritten.
  std::vector<std::string> own_domains;
  /// The first signs, all verify: put a new one first and take the old one away after max_age_days.
  std::vector<std::string> secrets;
  char separator = '=';       ///< after SRS0 and SRS1: '=', '+' or '-'
  unsigned hash_length = 4;   ///< characters of base64 in new addresses
  unsigned hash_minimum = 4;  ///< the shortest that is taken back
  unsigned max_age_days = 21;
};

/// Pure but for the secrets it holds, which it wipes in the end; safe to use from many threads.
class Srs {
 public:
  Srs(const Srs&) = delete;
  Srs& operator=(const Srs&) = delete;
  Srs(Srs&&) = default;
  Srs& operator=(Srs&&) = delete;
  ~Srs();

  /// Errors: no secret or an empty one, no domain, a separator or lengths that can't be.
  static Result<Srs> make(SrsOptions options);

  /// What the envelope sender becomes: itself where it is empty or of an own domain. Errors: not an
  /// address, or longer than a path may be (RFC 5321, 4.5.3.1.3).
  [[nodiscard]] Result<std::string> forward(std::string_view address, UnixTime now) const;
  /// The address that an SRS address stands for. Errors: not one of SRS, not of our domain, a hash
  /// that does not hold, too old.
  [[nodiscard]] Result<std::string> reverse(std::string_view address, UnixTime now) const;

  /// Whether the address is one that reverse() might take: of our domain and tagged.
  [[nodiscard]] bool is_ours(std::string_view address) const;

 private:
  explicit Srs(SrsOptions options) : options_(std::move(options)) {}
  [[nodiscard]] std::string hash(std::string_view secret, std::string_view text,
                                 unsigned length) const;
  [[nodiscard]] bool verify(std::string_view hash, std::string_view text) const;
  /// The hash is over `before` and the user, here as he is meant; postsrsd and libsrs2 hash a
  /// quoted user with his quotes.
  [[nodiscard]] bool verify(std::string_view hash, std::string_view before,
                            std::string_view user) const;
  SrsOptions options_;
};

}  // namespace postern::auth
