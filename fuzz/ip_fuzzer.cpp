#include <string_view>

#include "base/ip.hpp"
#include "fuzz.hpp"

void postern::fuzz::run(std::string_view input) {
  if (const auto address = IpAddress::parse(input)) {
    require(IpAddress::parse(address->text()) == address, "an address reads back from its text");
    (void)address->is_public();
  }
  if (const auto prefix = Prefix::parse(input)) {
    require(Prefix::parse(prefix->text()).value() == *prefix, "a prefix reads back from its text");
    require(prefix->contains(prefix->first()), "a prefix holds its first address");
    // "::/80" ends among the IPv4-mapped addresses, which are IPv4 and so in no IPv6 prefix.
    require(prefix->contains(prefix->last()) || prefix->last().is_v4() != prefix->is_v4(),
            "a prefix holds its last address");
  }
}
