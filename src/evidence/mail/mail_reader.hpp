// Received mail as evidence: one message (.eml), an mbox, a Maildir. Only header blocks are read,
// one at a time; bodies are passed over.
//
// A row is one mail to one recipient: where the receiving system named several recipients of one
// copy, each is a row.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "evidence/bytes/byte_source.hpp"
#include "evidence/format.hpp"
#include "evidence/reader.hpp"
#include "evidence/teller.hpp"

namespace postern::evidence {

/// A header block longer than this is a bad row (Options::longest_row where that is less). Real
/// ones stay under 100 kB.
constexpr std::size_t longest_header_block = 1 << 20;

struct Reading;

/// Whether the text begins as a mail does: header fields, one of which mail has, and among those an
/// address or a date.
bool starts_like_mail(std::string_view first_piece, Encoding);
/// Whether it begins with the line that stands before each message of an mbox.
bool starts_like_mbox(std::string_view first_piece, Encoding);

/// One message, or an mbox (mboxo, mboxrd, mboxcl). A message without a header field that mail has,
/// or with a header block over the limit, is a bad row with the line where it starts. DMARC reports
/// that are attached are read as files of their own.
Result<void> read_mail(ByteSource& source, const Reading&);

/// The files in cur and new of a Maildir and of its folders (Maildir++: ".Name"), in order of name;
/// tmp is left out. A file that is no mail is not relevant (not_mail); one that can't be read is a
/// bad row. Folders named Sent count as outbound, Drafts and Templates as no mail, Junk and Spam
/// as delivered to junk.
Result<void> read_maildir(const std::string& path, const Options& options, Teller&);

}  // namespace postern::evidence
