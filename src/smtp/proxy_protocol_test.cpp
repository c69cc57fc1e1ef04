#include "smtp/proxy_protocol.hpp"

#include <string>

#include <gtest/gtest.h>

namespace postern::smtp {
namespace {

using Status = ProxyParse::Status;

std::string v2(int command, int family, const std::string& addresses) {
  std::string bytes("\r\n\r\n\0\r\nQUIT\n", 12);
  bytes += static_cast<char>(0x20 | command);
  bytes += static_cast<char>(family);
  bytes += static_cast<char>(addresses.size() >> 8);
  bytes += static_cast<char>(addresses.size() & 255);
  return bytes + addresses;
}

const std::string v4_addresses("\xc0\x00\x02\x01\xc0\x00\x02\x02\x12\x67\x00\x19", 12);

void expect_done(const std::string& bytes, const char* address, unsigned port) {
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_EQ(parse_proxy_header(std::string_view(bytes).substr(0, size)).status, Status::more)
        << size << " octets of " << testing::PrintToString(bytes);
  }
  const ProxyParse parse = parse_proxy_header(bytes + "EHLO x\r\n");
  ASSERT_EQ(parse.status, Status::done) << testing::PrintToString(bytes);
  EXPECT_EQ(parse.length, bytes.size());
  EXPECT_EQ(parse.header.source, IpAddress::parse(address));
  EXPECT_EQ(parse.header.source_port, port);
}

TEST(ProxyHeader, IsReadHoweverMuchHasCome) {
  expect_done("PROXY TCP4 192.0.2.1 192.0.2.2 4711 25\r\n", "192.0.2.1", 4711);
  expect_done("PROXY TCP6 2001:db8::1 2001:db8::2 4711 25\r\n", "2001:db8::1", 4711);
  expect_done("PROXY UNKNOWN\r\n", "", 0);
  expect_done("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", "", 0);
  expect_done(v2(1, 0x11, v4_addresses), "192.0.2.1", 4711);
  expect_done(v2(1, 0x11, v4_addresses + std::string("\x03\x00\x01x", 4)), "192.0.2.1", 4711);
  std::string v6("\x20\x01\x0d\xb8", 4);
  v6 += std::string(11, '\0') + "\x07" + std::string(16, '\0') + std::string("\x12\x67\x00\x19", 4);
  expect_done(v2(1, 0x21, v6), "2001:db8::7", 4711);
  expect_done(v2(0, 0x00, ""), "", 0);
}

TEST(ProxyHeader, IsRefusedWhereItIsNone) {
  const std::string bad[] = {
      "EHLO x\r\n",
      "PROXY\r\n",
      "PROXY TCP4 192.0.2.1 192.0.2.2 4711\r\n",
      "PROXY TCP4 192.0.2.1 192.0.2.2 4711 25 26\r\n",
      "PROXY TCP4 192.0.2.1 192.0.2.2 65536 25\r\n",
      "PROXY TCP4 192.0.2.1 192.0.2.2 04711 25\r\n",
      "PROXY TCP4 192.0.2.1 192.0.2.2 -1 25\r\n",
      "PROXY TCP4 2001:db8::1 192.0.2.2 4711 25\r\n",
      "PROXY TCP6 192.0.2.1 192.0.2.2 4711 25\r\n",
      "PROXY TCP4 192.0.2.1 192.0.2.2 4711 25\n",
      "PROXY TCP4  192.0.2.1 192.0.2.2 4711 25\r\n",
      "PROXY UNIX /a /b 1 2\r\n",
      "PROXY UNKNOWN " + std::string(100, 'x'),
      v2(2, 0x11, v4_addresses),
      v2(1, 0x11, v4_addresses.substr(1)),
      v2(1, 0x31, std::string(216, 'x')),
      v2(1, 0x11, std::string(4000, 'x')),
  };
  for (const std::string& bytes : bad) {
    EXPECT_EQ(parse_proxy_header(bytes).status, Status::bad) << testing::PrintToString(bytes);
  }
}

}  // namespace
}  // namespace postern::smtp
