// Received mail as evidence: one message (.eml), an mbox, a Maildir. Only header blocks are read,
// one at a time; bodies are passed over.
//
// A row is one mail to one recipient: where the receiving system named several recipients of one
// copy, each is a row.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.hpp"
#include "evidence/bytes/byte_source.hpp"
#include "evidence/reader.hpp"
#include "evidence/source_reading.hpp"

namespace postern::evidence {

/// A header block longer than this is a bad row (Options::longest_row where that is less). Real
/// ones stay under 100 kB.
constexpr std::size_t longest_header_block = 1 << 20;

/// One message. No header field that mail has, or one over the limit: a bad row.
Result<Tally> read_eml(ByteSource source, const Options& options, Sink& sink);

/// One message or an mbox, `tally` as read_source says. DMARC reports that are attached are read as
/// files of their own.
Result<void> read_mail(ByteSource source, Format format, const Nesting&, const Options&, Sink&,
                       Tally& tally);

/// mboxo, mboxrd, mboxcl; each fault is one bad row with the line where that message starts.
Result<Tally> read_mbox(ByteSource source, const Options& options, Sink& sink);

/// The files in cur and new of a Maildir and of its folders (Maildir++: ".Name"), in order of name;
/// tmp is left out. A file that is no mail is not relevant (not_mail); one that can't be read is a
/// bad row. Folders named Sent count as outbound, Drafts and Templates as no mail, Junk and Spam
/// as delivered to junk.
Result<Tally> read_maildir(const std::string& path, const Options& options, Sink& sink);

}  // namespace postern::evidence
