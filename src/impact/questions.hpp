// What a person must say before it is known whether somebody breaks: who the presumed and the open
// senders are. The questions as entries of senders.toml, to be answered by changing one word.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "impact/impact.hpp"
#include "impact/pins.hpp"

namespace postern::impact {

/// Messages of a sender that would be refused, or may be.
std::uint64_t messages_at_risk(const Sender&) noexcept;

/// The senders that are presumed or open and whose mail is at risk, most of it first. Those beyond
/// the limit of what is kept apart (Sender::is_rest) can't be asked about and are left out.
std::vector<const Sender*> questions_of(const Report&);

/// What is known of a sender, one line each.
std::vector<std::string> facts_of(const Sender&);

/// Whether an entry can hold just this sender: its addresses are known, or all its envelope
/// senders.
bool can_be_asked(const Sender&) noexcept;

/// Whether the entry, answered, would hold this sender, as far as the report shows it.
bool is_about(const Pin&, const Sender&) noexcept;

/// An entry of senders.toml with the facts as comments (lines that begin with "#:") and the answer
/// left open. It holds just the sender: its addresses, and its envelope senders where all are
/// known.
std::string question_entry(const Sender&);

struct QuestionFile {
  std::string text;             ///< of senders.toml
  std::uint64_t open = 0;       ///< entries that are not answered
  std::uint64_t added = 0;      ///< of these, those that were not there before
  std::uint64_t kept = 0;       ///< entries that are answered
  std::uint64_t unaskable = 0;  ///< senders without address and envelope sender
};

/// The file with a question for each sender that must be asked about: what is there (empty: a new
/// file) with what was answered as it stands, word for word; open entries with the facts of today,
/// most mail first. Errors: `there` is no senders.toml, or its entries are not written as
/// [[sender]].
Result<QuestionFile> with_questions(std::string_view there, const std::string& file, const Report&,
                                    std::string_view tenant);

}  // namespace postern::impact
