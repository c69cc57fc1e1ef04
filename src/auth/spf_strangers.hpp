// What a domain's SPF says of strangers: of addresses that nobody listed. The record is evaluated
// as receivers evaluate it (RFC 7208), over records at hand, not judged by how its text ends.
#pragma once

#include <compare>
#include <string>
#include <vector>

#include "auth/known_texts.hpp"
#include "auth/resolver.hpp"
#include "auth/spf.hpp"
#include "base/ip.hpp"

namespace postern::auth {

/// A name, and the type of record that is looked for at it. Of an MX it is the addresses of its
/// hosts that count (RFC 7208, 5.4).
struct DnsQuestion {
  std::string name;
  RecordType type = RecordType::txt;

  friend auto operator<=>(const DnsQuestion&, const DnsQuestion&) = default;
};

struct SpfStrangers {
  /// What strangers get; where they get different answers, the most lenient one. `none` where there
  /// is no record.
  SpfResult result = SpfResult::none;
  IpAddress example;  ///< an address that gets it
  /// A forger gets it by what he publishes at a name of his own, which the record makes of what the
  /// sender chooses ("a:%{h}").
  bool by_own_name = false;
  std::string problem;  ///< what is wrong, where the result is an error
  /// False where the answer hangs on records that nobody looked at.
  bool determined = true;
  /// Records that the answer hangs on; not empty where it is not determined. What the sender
  /// chooses stands in a name as its macro: "%{l}.example.com".
  std::vector<DnsQuestion> hangs_on;
  /// Names of records that were not looked at and that include= trusts: they are taken to list
  /// their owner's servers and nobody else. Macros stand as in hangs_on.
  std::vector<std::string> taken_on_trust;
};

/// `domain` in normal form, with texts that are known. A stranger is one of some 450 addresses
/// spread over the whole IPv4 space (two in each /8) and the IPv6 space; what the record says of
/// only one of the two is taken for a listed address, so a block of a /8 or more counts as
/// strangers: also one around a host whose address nobody looked up ("mx/1"). A stranger chooses
/// his HELO, his local part and the name of his address, and has a domain of his own.
SpfStrangers judge_spf_strangers(const KnownTexts&, const std::string& domain);

}  // namespace postern::auth
