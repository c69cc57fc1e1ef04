// What sender authentication asks of DNS: one query, one answer, whenever it comes. Behind it
// stands libunbound in the program, and a zone in memory in tests.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"

namespace postern::auth {

/// The record types that SPF, DKIM, DMARC and reverse names need (RFC 1035, 3.2.2; RFC 3596).
enum class RecordType : std::uint16_t {
  a = 1,
  ns = 2,
  cname = 5,
  ptr = 12,
  mx = 15,
  txt = 16,
  aaaa = 28
};

std::string_view name_of(RecordType) noexcept;  ///< "TXT", …

/// How a query ended. Told apart because RFC 7208 and RFC 6376 answer each differently.
enum class DnsStatus : std::uint8_t {
  success,           ///< at least one record of the type asked for
  no_data,           ///< the name exists, without records of that type
  nonexistent_name,  ///< NXDOMAIN
  server_failure,    ///< SERVFAIL, REFUSED or an answer that can't be read
  timeout,           ///< nobody answered in time
  bogus,             ///< DNSSEC validation failed
  bad_name,          ///< the name can't be asked for: an empty or too long label
};

std::string_view name_of(DnsStatus) noexcept;  ///< "NXDOMAIN", "timeout", …

/// The two outcomes that say "there is none" for certain.
constexpr bool is_void(DnsStatus status) noexcept {
  return status == DnsStatus::no_data || status == DnsStatus::nonexistent_name;
}
/// Trying again later may help.
constexpr bool is_temporary(DnsStatus status) noexcept {
  return status == DnsStatus::server_failure || status == DnsStatus::timeout ||
         status == DnsStatus::bogus;
}

struct MailExchange {
  std::uint16_t preference = 0;
  std::string host;  ///< lower case, no trailing dot; empty for "." (null MX, RFC 7505)
};

/// The records of the type asked for, aliases (CNAME) followed. Only the member of that type is
/// filled.
struct DnsAnswer {
  DnsStatus status = DnsStatus::server_failure;
  bool secure = false;                  ///< DNSSEC validated
  std::uint32_t ttl = 0;                ///< seconds that the answer may be kept
  std::vector<IpAddress> addresses;     ///< A, AAAA
  std::vector<MailExchange> exchanges;  ///< MX, as they came
  std::vector<std::string> texts;       ///< TXT: the strings of a record joined without a space
  std::vector<std::string> names;       ///< PTR, NS, CNAME: lower case, no trailing dot
};

/// Not shared between threads: each event loop has its own.
class Resolver {
 public:
  using Done = std::function<void(DnsAnswer)>;

  virtual ~Resolver() = default;
  /// Asks for `name` (ASCII, with or without a trailing dot). `done` is called exactly once: before
  /// query() returns where the answer is known already, else later from the resolver's own loop.
  /// A resolver that is destroyed first drops what is under way without calling.
  virtual void query(std::string_view name, RecordType type, Done done) = 0;
  /// The answer where it is known already, without the cost of a callback; null: ask by query().
  /// Good until the resolver is used again.
  virtual const DnsAnswer* at_hand(std::string_view name, RecordType type) {
    (void)name;
    (void)type;
    return nullptr;
  }
};

/// "1.2.0.192.in-addr.arpa", or the nibbles of an IPv6 address below ip6.arpa (RFC 3596, 2.5).
std::string reverse_name(IpAddress address);

}  // namespace postern::auth
