// The addresses of a From field, read strictly (RFC 5322, 3.4 with the obsolete forms of 4.4): what
// is not read is told, so that nobody takes a field that another reader understands for an empty
// one. For a reader that makes the best of anything, see parse_address_list() in path.hpp.
#pragma once

#include <string_view>
#include <vector>

#include "message/path.hpp"

namespace postern::message {

struct AddressList {
  std::vector<Mailbox> mailboxes;  ///< what could be read; groups are opened
  /// Every octet belongs to an address, a display name, a group, a comment or white space. False
  /// for "a@b <c@d>", "<a@b", "mailto:a@b", "a@b . c", malformed UTF-8, control octets.
  bool whole = true;
};

/// `body` may still be folded. No limit but the field's own length.
AddressList read_address_list(std::string_view body);

}  // namespace postern::message
