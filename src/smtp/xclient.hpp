// XCLIENT: a trusted proxy tells whom it speaks for (Postfix XCLIENT_README). Read from listed
// peers only, and written to next hops that offer it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"

namespace postern::smtp {

/// What is known of the client. With XCLIENT, only what was given changes.
struct ClientAttributes {
  std::optional<IpAddress> address;
  std::uint16_t port = 0;  ///< 0 where unknown
  std::string name;        ///< reverse name; empty where unknown
  std::string helo;        ///< empty where not given
  std::string login;       ///< empty where not signed in
  bool esmtp = false;      ///< PROTO

  friend bool operator==(const ClientAttributes&, const ClientAttributes&) = default;
};

/// What XCLIENT's line says after EHLO.
constexpr std::string_view xclient_offer = "XCLIENT NAME ADDR PORT PROTO HELO LOGIN";

/// `arguments`: "ADDR=192.0.2.1 NAME=[UNAVAILABLE]". Changes `client` only where all of it is good.
/// Unknown attributes, values that are not xtext, controls, addresses that are none: false.
/// DESTADDR and DESTPORT are let through and dropped.
bool parse_xclient(std::string_view arguments, ClientAttributes& client);

/// The command without CRLF, with those attributes that `offered` (upper case) holds and that are
/// known; unknown ones as [UNAVAILABLE]. Empty where nothing of use is offered.
std::string format_xclient(const ClientAttributes& client, const std::vector<std::string>& offered);

}  // namespace postern::smtp
