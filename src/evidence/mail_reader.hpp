// Received mail as evidence: single messages, mbox files and Maildir folders.
#pragma once

#include <string>

#include "evidence/byte_source.hpp"
#include "evidence/reader.hpp"

namespace postern::evidence {

/// One message.
Result<Tally> read_eml(ByteSource source, const Options&, Sink&);
/// mboxo and mboxrd (RFC 4155 and its relatives).
Result<Tally> read_mbox(ByteSource source, const Options&, Sink&);
/// The messages in cur and new.
Result<Tally> read_maildir(const std::string& folder, const Options&, Sink&);

}  // namespace postern::evidence
