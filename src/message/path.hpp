// Envelope paths (RFC 5321, 4.1.2; RFC 6531 for non-ASCII) and the address lists of header fields
// (RFC 5322, 3.4), down to the address and the domain that the rule compares.
//
//   parse_path("<@relay.example:anna@contoso.com>")  -> address "anna@contoso.com"
//   parse_address_list("\"Anna, HQ\" <anna@contoso.com>, team: bob@contoso.com;")
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern::message {

/// An addr-spec.
struct Address {
  std::string text;    ///< "local@domain" as written, without brackets, route and comments
  std::string domain;  ///< normal form (base/domain.hpp); empty for an address literal or for a
                       ///< name without '@'
  friend bool operator==(const Address&, const Address&) = default;
};

/// What MAIL FROM or Return-Path holds: the null path "<>", or an address.
struct Path {
  bool null = false;
  Address address;
};

/// Takes a path with or without angle brackets (Exchange writes Return-Path without them), drops a
/// source route (RFC 5321, appendix C), takes "Postmaster" without a domain. nullopt for what is
/// no path: empty text without brackets, space or control characters outside of a quoted local
/// part, a domain that has no normal form, malformed UTF-8, more than 998 octets.
std::optional<Path> parse_path(std::string_view text);

/// One addr-spec without brackets; nullopt as above, and where there is no '@'.
std::optional<Address> parse_address(std::string_view text);

struct Mailbox {
  std::string display_name;  ///< quotes and encoded words resolved; may be empty
  Address address;
};

/// The mailboxes of a From, To, Cc … field (unfolded), at most `most`; groups are opened, what is
/// no address is left out.
std::vector<Mailbox> parse_address_list(std::string_view text, std::size_t most = 1000);

}  // namespace postern::message
