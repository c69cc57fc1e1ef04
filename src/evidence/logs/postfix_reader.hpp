// Postfix logs as evidence: the lines of a message are joined by queue id, and each recipient's
// final delivery, or refusal, is a row.
//
// Two doors are told apart by where the delivery went. To anywhere but Exchange Online: the log is
// that of our own mail host, and the client that connected to it is the client. To Exchange Online:
// the log is that of our own relay, Exchange sees the relay (Options::relay_address), and who
// handed the message to the relay is the upstream. Internal to the room.
// https://www.postfix.org/postconf.5.html, SMTPD_POLICY_README, and the daemons' source.
#pragma once

#include <optional>
#include <string_view>

#include "evidence/bytes/byte_source.hpp"
#include "evidence/reader.hpp"

namespace postern::evidence {

/// The log's form, where one of its first lines is Postfix's; nullopt for anything else.
std::optional<Format> postfix_format(std::string_view first_piece);

Result<void> read_postfix(ByteSource& source, Format format, const Options&, Sink&, Tally& tally);

}  // namespace postern::evidence
