// Reading one source of bytes, whatever it is: detection, unpacking, and the reader of its format.
// Archives and attachments come back here for what is in them. Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "evidence/bytes/byte_source.hpp"
#include "evidence/reader.hpp"

namespace postern::evidence {

/// How much came out of one file, over all layers of packing. Counted against bombs.
struct Expansion {
  const ByteSource* packed = nullptr;  ///< the outermost file, while it is read
  std::uint64_t bytes = 0;
  std::uint64_t members = 0;  ///< of archives, and of archives in them
  bool exceeded = false;      ///< a limit was passed: nothing more is unpacked
};

/// The relay that Options::relay_addresses names the address of, where it names one: the first that
/// asks, by what tells relays apart. Kept over all files of a run, which ask in their order.
class NamedRelay {
 public:
  bool is(std::uint64_t relay) noexcept {
    if (!first_) first_ = relay;
    return *first_ == relay;
  }
  [[nodiscard]] bool was_asked() const noexcept { return first_.has_value(); }

 private:
  std::optional<std::uint64_t> first_;
};

/// Where a source stands within others.
struct Nesting {
  unsigned layers = 0;  ///< of packing around it
  Expansion* expansion = nullptr;
  NamedRelay* relays = nullptr;  ///< of the run; null: the source is all that is read
  std::size_t outer_name = 0;    ///< length of the outermost file's name
  /// Only reports are taken, other content is passed over without a word (attachments).
  bool reports_only = false;
  /// The domain that a check, or Exchange Online's own stamp, shows to have sent the mail that it
  /// is attached to; empty where neither does. Of what is not attached, nobody is asked.
  std::string_view carrier;
};

/// Reads a source to its end. `tally` holds what was read, also where an error ends it; what is
/// inside an archive or attached is told by Sink::member_done and not in `tally`.
Result<void> read_source(ByteSource source, const Nesting&, const Options&, Sink&, Tally& tally);

/// The same for a path: a file, a Maildir or "-".
Result<void> read_file(const std::string& path, const Options&, NamedRelay&, Sink&, Tally& tally);

/// The same for a source within another file: an error becomes a bad row of the member.
void read_member(ByteSource source, const Nesting&, const Options&, Sink&);

/// Reads text that is known to be of that format; nothing is unpacked.
Result<void> read_as(Format, ByteSource& source, const Nesting&, const Options&, Sink&,
                     Tally& tally);

}  // namespace postern::evidence
