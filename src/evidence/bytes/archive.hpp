// Packed evidence: .gz, .bz2, .xz, .zst and the members of .zip and .tar, streamed out by
// libarchive with the one filter or format that the first bytes call for, gzip by zlib. Each is
// read to its end, whatever its reader needs of it: there stand the checksums. Nothing is written
// to disk and no link is followed, so names that point elsewhere are only names. Internal to the
// room.
#pragma once

#include <cstdint>
#include <string_view>

#include "evidence/source_reading.hpp"

namespace postern::evidence {

enum class Packing : std::uint8_t { none, gzip, bzip2, xz, zstd, zip, tar };

/// How the file that begins like this is packed; 512 bytes are enough.
Packing packing_of(std::string_view first_bytes) noexcept;

/// Packings around one file that are opened; a DMARC report by mail has two.
constexpr unsigned deepest_packing = 5;
/// Members of a file, those of the archives in it counted with them.
constexpr std::uint64_t most_members = 1'000'000;
/// Beyond so many, each must take so many octets of the file: nobody packs that many files into
/// less, but archives of archives of nothing go below one.
constexpr std::uint64_t free_members = 10'000;
constexpr std::uint64_t octets_a_member = 8;

/// Reads what is in `source`. A single compressed file is read as the file itself; each member of a
/// zip or tar is read as its own file, "archive/member". A member that can't be read (encrypted, a
/// link, damaged, of no known format) is a bad row of its own and the next is read; an archive that
/// is cut short, nested too deeply or a bomb is an error after what came before.
Result<void> read_packed(ByteSource source, Packing, const Nesting&, const Options&, Sink&,
                         Tally& tally);

}  // namespace postern::evidence
