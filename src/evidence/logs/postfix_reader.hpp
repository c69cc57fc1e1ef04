// Postfix logs as evidence: the lines of a message are joined by queue id, and each recipient's
// final delivery, or refusal, is a row.
//
// Two doors are told apart by where the delivery went. To anywhere but Exchange Online: the log is
// that of our own mail host, and the client that connected to it is the client. To Exchange Online:
// the log is that of our own relay, Exchange sees the relay (Options::relay_addresses), and who
// handed the message to the relay is the upstream. Internal to the room.
// https://www.postfix.org/postconf.5.html, SMTPD_POLICY_README, and the daemons' source.
#pragma once

#include <string_view>

#include "evidence/bytes/byte_source.hpp"
#include "evidence/format.hpp"

namespace postern::evidence {

struct Reading;

/// Whether one of the first lines is Postfix's: its own (syslog in any form), or JSON lines.
bool starts_like_postfix(std::string_view first_piece, Encoding);

Result<void> read_postfix(ByteSource& source, const Reading&);

}  // namespace postern::evidence
