// DMARC aggregate reports (RFC 7489, RFC 9990) as evidence. A row is a record of the report; its
// count of messages becomes Message::count. Internal to the room.
#pragma once

#include "evidence/bytes/byte_source.hpp"

namespace postern::evidence {

struct Reading;

/// Reads one report. What the report does not say stays unknown: who received the messages where
/// envelope_to is absent (then Message::received_by names the reporter), MAIL FROM where neither
/// envelope_from nor an SPF result of scope mfrom is there. The time is the start of the reporting
/// period, right to the day at best.
Result<void> read_dmarc(ByteSource& source, const Reading&);

}  // namespace postern::evidence
