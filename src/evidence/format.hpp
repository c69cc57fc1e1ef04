// What a file of evidence may be: a source (who recorded it) in an encoding (how its rows are
// written down). All that is known of a format stands in its row of the registry (registry.cpp).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "evidence/view.hpp"

namespace postern::evidence {

/// How rows are written down. JSON is one array, or an object that holds one.
enum class Encoding : std::uint8_t { own, csv, json, json_lines };
inline constexpr std::array encodings = {Encoding::own, Encoding::csv, Encoding::json,
                                         Encoding::json_lines};

/// What the rows of a format are like, for those who count and remark on them.
enum class Trait : std::uint8_t {
  none = 0,
  container = 1,      ///< what is in it has a format of its own
  daily_counts = 2,   ///< a row counts the messages of a day and names none (DMARC)
  accepted_only = 4,  ///< what was refused at the door never appears (EmailEvents)
  one_server = 8,     ///< a server's own log, of the mail alone that passes through it
  mailbox = 16,       ///< messages as they were kept, of the mailboxes alone that hold them
};

struct FormatRow;

/// A source and an encoding. Without a row it is that of a file of which nothing was read.
class Format {
 public:
  constexpr Format() noexcept = default;
  constexpr Format(const FormatRow& row, Encoding encoding) noexcept
      : row_(&row), encoding_(encoding) {}

  [[nodiscard]] constexpr const FormatRow* row() const noexcept { return row_; }
  [[nodiscard]] constexpr Encoding encoding() const noexcept { return encoding_; }
  [[nodiscard]] bool has(Trait trait) const noexcept;
  /// Whose eyes its rows are seen by; View::whole where nothing was read.
  [[nodiscard]] View view() const noexcept;

  friend constexpr bool operator==(const Format&, const Format&) = default;

 private:
  const FormatRow* row_ = nullptr;
  Encoding encoding_ = Encoding::own;
};

/// "email-events-csv", … as --format takes it; empty where nothing was read.
std::string_view name_of(Format) noexcept;
/// For people: "Defender EmailEvents (CSV)".
std::string describe(Format);
/// The error lists the names.
Result<Format> parse_format(std::string_view name);
/// Every format, in the order of the registry.
std::vector<Format> all_formats();
/// What docs/evidence.md says of each source, a row of a Markdown table each.
std::string formats_table();

}  // namespace postern::evidence
