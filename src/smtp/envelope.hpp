// The arguments of MAIL and RCPT (RFC 5321, 4.1.1.2 and 4.1.1.3), with the parameters of the
// extensions that are offered. What comes out holds no octet that could end a line, so it may be
// written to a next hop, a log or a header field.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "message/path.hpp"
#include "smtp/reply.hpp"

namespace postern::smtp {

enum class Body : std::uint8_t { unspecified, seven_bit, eight_bit_mime };

struct MailFrom {
  message::Path path;
  std::optional<std::uint64_t> size;  ///< octets, as declared (RFC 1870)
  Body body = Body::unspecified;      ///< RFC 6152
  bool smtputf8 = false;              ///< RFC 6531
  /// AUTH=, decoded (RFC 4954, 5); "<>" where the client vouches for nobody.
  std::optional<std::string> auth;

  /// "<anna@contoso.com>" or "<>".
  [[nodiscard]] std::string wire() const;
};

/// `arguments` is what follows MAIL: "FROM:<a@b> SIZE=10". Refusals are replies ready to send:
/// 501 for bad syntax, 555 for a parameter that was not offered, 553 for an address that needs
/// SMTPUTF8 and does not say so. Devices write "FROM: a@b" with a space and without brackets; that
/// is taken, since its meaning is plain.
tl::expected<MailFrom, Reply> parse_mail(std::string_view arguments);

/// The same for "TO:<a@b>". No parameter is offered for RCPT. `smtputf8` as MAIL said.
tl::expected<message::Address, Reply> parse_rcpt(std::string_view arguments, bool smtputf8);

/// A HELO or EHLO name: 1 to 255 octets without space and controls. Nothing more is asked, since
/// devices name themselves as they like; what writes it into a header field cares for the rest.
bool is_helo_name(std::string_view name) noexcept;

/// RFC 3461, 4: "+41" is 'A'. nullopt for malformed text and for what decodes to a control octet.
std::optional<std::string> decode_xtext(std::string_view text);
std::string encode_xtext(std::string_view text);

}  // namespace postern::smtp
