// ARC chain validation (RFC 8617, 5.2), and whether the chain is to be believed: it says who
// handled a message, not that they are honest, so only sealers on a given list count.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "auth/dkim.hpp"

namespace postern::auth {

enum class ArcResult : std::uint8_t {
  none,        ///< no ARC field
  pass,        ///< every seal and the outermost message signature hold
  fail,        ///< any fault; RFC 8617 has no permerror
  temp_error,  ///< DNS may answer later
};
std::string_view word_of(ArcResult) noexcept;

struct ArcSet {
  unsigned instance = 0;
  std::string sealer;                  ///< d= of ARC-Seal, normal form
  std::string selector;                ///< s= of ARC-Seal
  std::string chain_validation;        ///< cv=
  std::string authentication_results;  ///< what the sealer saw: the field without i=, unfolded
};

struct ArcOutcome {
  ArcResult result = ArcResult::none;
  std::string detail;        ///< why it fails, one clause
  std::vector<ArcSet> sets;  ///< the innermost first; empty where the structure is broken
  /// The chain passes, its outermost sealer is on the list, and what he signed covers every From.
  bool trusted = false;
  /// The outermost signature over the message leaves some From field to anyone, as it may: RFC
  /// 8617, 4.1.2 asks for none.
  bool from_is_open = false;

  /// The set that decides; nullptr where there is none.
  [[nodiscard]] const ArcSet* outermost() const noexcept {
    return sets.empty() ? nullptr : &sets.back();
  }
};

/// True where `sealer` is on the list: the domain itself, or below an entry that starts with '.'.
bool is_trusted_sealer(std::string_view sealer, const std::vector<std::string>& trusted);

class ArcVerification {
 public:
  static constexpr unsigned most_instances = 50;  ///< RFC 8617, 4.2.1

  /// Reads the sets and asks `body` for the hash that the outermost signature needs.
  ArcVerification(Crypto& crypto, const message::HeaderBlock& header, BodyHashes& body,
                  std::vector<std::string> trusted_sealers);

  /// After body.finish(), once. `work` is what the message may still cost, and stays until it is
  /// done.
  Task<ArcOutcome> finish(Resolver& resolver, MessageWork& work);
  Task<ArcOutcome> finish(Resolver& resolver) { return finish(resolver, own_work_); }

 private:
  /// One way in which the outermost signature may be meant.
  struct Form {
    std::size_t body_hash = 0;
    Digest header_digest{};
  };
  void read(const message::HeaderBlock& header);
  void add_form(const message::HeaderBlock& header, const message::Field& field);

  struct Seal {
    DkimSignature signature;
    Digest digest{};
  };

  Crypto& crypto_;
  BodyHashes& body_;
  MessageWork own_work_;
  std::vector<std::string> trusted_;
  ArcOutcome outcome_;
  std::vector<Seal> seals_;
  DkimSignature message_signature_;  ///< the outermost
  std::vector<Form> forms_;
};

}  // namespace postern::auth
