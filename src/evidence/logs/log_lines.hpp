// Lines of a log out of a source of bytes, each with its number. Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "base/time.hpp"
#include "evidence/bytes/byte_source.hpp"
#include "evidence/logs/log_entries.hpp"
#include "evidence/reader.hpp"

namespace postern::evidence {

/// One longer than this is no log line and is left out.
constexpr std::size_t longest_log_line = 1 << 20;

/// Calls `take(line, number)` for each line of the file as it stands, without its line break;
/// numbers count from 1.
template <class Take>
Result<void> each_plain_line(ByteSource& source, const Options& options, Take take) {
  std::string buffer;
  std::size_t begin = 0;   // of the line that is not complete
  std::size_t looked = 0;  // no line break before that
  std::uint64_t number = 0;
  bool skipping = false;  // the rest of a line over the limit
  for (;;) {
    buffer.erase(0, begin);
    looked -= begin;
    begin = 0;
    const auto more = source.append_to(buffer);
    if (!more) return tl::unexpected(more.error());
    for (;;) {
      const std::size_t end = buffer.find('\n', looked);
      if (end == std::string::npos) break;
      std::string_view line(buffer.data() + begin, end - begin);
      if (line.ends_with('\r')) line.remove_suffix(1);
      ++number;
      if (!skipping) take(line, number);
      skipping = false;
      begin = looked = end + 1;
    }
    looked = buffer.size();
    if (buffer.size() - begin > longest_log_line) {
      skipping = true;
      begin = looked;
    }
    if (!*more) break;
    if (options.progress) options.progress(source.bytes_read());
  }
  const std::string_view rest = std::string_view(buffer).substr(begin);
  if (!rest.empty() && !skipping) take(rest, number + 1);
  return {};
}

/// The same for each line that a program logged, whatever keeps it (log_entries.hpp).
template <class Take>
Result<void> each_line(ByteSource& source, const Options& options, Take take) {
  std::string first;
  if (const auto got = source.append_to(first); !got) return tl::unexpected(got.error());
  const LogShape shape = log_shape_of(first);
  source.put_back(std::move(first));
  if (shape == LogShape::lines) return each_plain_line(source, options, take);
  if (shape == LogShape::csv) return each_stored_line(source, take);
  JournalEntries entries(shape);
  const auto done =
      each_plain_line(source, options, [&](std::string_view line, std::uint64_t number) {
        if (const auto entry = entries.take(line, number); !entry.empty())
          take(entry, entries.line());
      });
  if (const auto entry = entries.finish(); !entry.empty()) take(entry, entries.line());
  return done;
}

/// What tells the year of times without one: when the file was last written, or now.
inline std::optional<UnixTime> clock_reference(const ByteSource& source, const Options& options) {
  std::optional<UnixTime> reference = options.reference_time;
  if (source.modified() && (!reference || *source.modified() < *reference)) {
    reference = source.modified();
  }
  return reference;
}

/// Whether `like` holds for one of the first lines of a text.
template <class Like>
bool any_line_is(std::string_view first_piece, Like like) {
  constexpr std::size_t lines_looked_at = 400;
  if (log_shape_of(first_piece) != LogShape::lines) {
    // Half an entry at the end of the piece is no fault.
    bool found = false;
    ByteSource piece = ByteSource::of(first_piece.substr(0, first_piece.rfind('\n') + 1));
    (void)each_line(piece, {},
                    [&](std::string_view line, std::uint64_t) { found = found || like(line); });
    return found;
  }
  for (std::size_t n = 0; n < lines_looked_at && !first_piece.empty(); ++n) {
    const std::size_t end = first_piece.find('\n');
    std::string_view line = first_piece.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (like(line)) return true;
    if (end == std::string_view::npos) break;
    first_piece.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace postern::evidence
