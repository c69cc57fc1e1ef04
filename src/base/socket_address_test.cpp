#include "base/socket_address.hpp"

#include <arpa/inet.h>
#include <cstdint>
#include <initializer_list>
#include <netdb.h>
#include <netinet/in.h>
#include <string>
#include <sys/un.h>

#include <gtest/gtest.h>

namespace postern {
namespace {

IpAddress address(const char* text) {
  return *IpAddress::parse(text);
}

// The system's own reader of the same octets.
std::string as_the_system_reads_it(const SocketAddress& address) {
  char host[NI_MAXHOST];
  char port[NI_MAXSERV];
  EXPECT_EQ(::getnameinfo(address.get(), address.length, host, sizeof host, port, sizeof port,
                          NI_NUMERICHOST | NI_NUMERICSERV),
            0);
  return std::string(host) + ' ' + port;
}

TEST(SocketAddress, IsWhatTheSystemReads) {
  for (const char* text : {"192.0.2.7", "0.0.0.0", "255.255.255.255", "2001:db8::1", "::", "::1"}) {
    const SocketAddress made({address(text), 2525});
    EXPECT_EQ(as_the_system_reads_it(made), std::string(text) + " 2525");
    EXPECT_EQ(made.family(), address(text).is_v4() ? AF_INET : AF_INET6);
  }
}

TEST(SocketAddress, ComesBackAsItWas) {
  for (const char* text : {"192.0.2.7", "127.0.0.1", "2001:db8:1:2:3:4:5:6", "::1"}) {
    for (const std::uint16_t port : std::initializer_list<std::uint16_t>{0, 25, 65535}) {
      const SocketAddress made({address(text), port});
      const auto back = endpoint_of(made.get(), made.length);
      ASSERT_TRUE(back);
      EXPECT_EQ(back->address.text(), text);
      EXPECT_EQ(back->port, port);
    }
  }
}

TEST(SocketAddress, TakesAMappedAddressAsIpv4) {
  sockaddr_in6 mapped{};
  mapped.sin6_family = AF_INET6;
  mapped.sin6_port = htons(25);
  ASSERT_EQ(::inet_pton(AF_INET6, "::ffff:192.0.2.7", &mapped.sin6_addr), 1);
  const auto read = endpoint_of(reinterpret_cast<const sockaddr*>(&mapped), sizeof mapped);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->address.is_v4());
  EXPECT_EQ(read->address.text(), "192.0.2.7");
}

TEST(SocketAddress, TellsWhatIsNoAddressOfTheInternet) {
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  EXPECT_FALSE(endpoint_of(reinterpret_cast<const sockaddr*>(&local), sizeof local));
  const SocketAddress six({address("::1"), 25});
  EXPECT_FALSE(endpoint_of(six.get(), sizeof(sockaddr_in))) << "cut short";
  EXPECT_FALSE(endpoint_of(six.get(), sizeof(sa_family_t)));
}

}  // namespace
}  // namespace postern
