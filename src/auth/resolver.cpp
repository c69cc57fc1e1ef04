#include "auth/resolver.hpp"

#include <fmt/format.h>

namespace postern::auth {

std::string_view name_of(RecordType type) noexcept {
  switch (type) {
    case RecordType::a:
      return "A";
    case RecordType::ns:
      return "NS";
    case RecordType::cname:
      return "CNAME";
    case RecordType::ptr:
      return "PTR";
    case RecordType::mx:
      return "MX";
    case RecordType::txt:
      return "TXT";
    case RecordType::aaaa:
      return "AAAA";
  }
  return "?";
}

std::string_view name_of(DnsStatus status) noexcept {
  switch (status) {
    case DnsStatus::success:
      return "success";
    case DnsStatus::no_data:
      return "no data";
    case DnsStatus::nonexistent_name:
      return "NXDOMAIN";
    case DnsStatus::server_failure:
      return "server failure";
    case DnsStatus::timeout:
      return "timeout";
    case DnsStatus::bogus:
      return "DNSSEC bogus";
    case DnsStatus::bad_name:
      return "bad name";
  }
  return "?";
}

std::string reverse_name(IpAddress address) {
  if (address.is_v4()) {
    const std::uint32_t v4 = address.v4();
    return fmt::format("{}.{}.{}.{}.in-addr.arpa", v4 & 0xff, (v4 >> 8) & 0xff, (v4 >> 16) & 0xff,
                       v4 >> 24);
  }
  std::string name;
  for (unsigned nibble = 0; nibble < 32; ++nibble) {
    name += "0123456789abcdef"[static_cast<unsigned>(address.key() >> (4 * nibble)) & 0xf];
    name += '.';
  }
  return name + "ip6.arpa";
}

}  // namespace postern::auth
