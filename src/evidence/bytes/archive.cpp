#include "evidence/bytes/archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "evidence/bytes/archive_end.hpp"
#include "evidence/bytes/gunzip.hpp"
#include "evidence/teller.hpp"

namespace postern::evidence {
namespace {

struct CloseArchive {
  void operator()(archive* reader) const noexcept { archive_read_free(reader); }
};
using Archive = std::unique_ptr<archive, CloseArchive>;

// What libarchive calls back to.
struct Input {
  ByteSource source;
  std::optional<Error> fault;
  std::vector<char> block;
  ArchiveEnd end;
};

la_ssize_t more_input(archive* reader, void* context, const void** block) {
  auto& input = *static_cast<Input*>(context);
  input.block.resize(1 << 16);
  const auto count = input.source.take_bytes(input.block.data(), input.block.size());
  if (!count) {
    input.fault = count.error();
    archive_set_error(reader, 0, "%s", input.fault->what.c_str());
    return -1;
  }
  *block = input.block.data();
  input.end.take({input.block.data(), *count});
  return static_cast<la_ssize_t>(*count);
}

// What libarchive has no need of, up to the end: the checksums of the packings around it stand
// there, and what tells whether the archive is whole.
Result<void> take_rest(Input& input) {
  for (;;) {
    input.block.resize(1 << 16);
    const auto count = input.source.take_bytes(input.block.data(), input.block.size());
    if (!count) return tl::unexpected(count.error());
    if (*count == 0) return {};
    input.end.take({input.block.data(), *count});
  }
}

int allow(archive* reader, Packing packing) {
  switch (packing) {
    case Packing::bzip2:
      return archive_read_support_filter_bzip2(reader);
    case Packing::xz:
      return archive_read_support_filter_xz(reader);
    case Packing::zstd:
      return archive_read_support_filter_zstd(reader);
    case Packing::zip:
      return archive_read_support_format_zip(reader);
    case Packing::tar:
      return archive_read_support_format_tar(reader);
    case Packing::gzip:  // Gunzip
    case Packing::none:
      break;
  }
  return ARCHIVE_FATAL;
}

bool holds_members(Packing packing) {
  return packing == Packing::zip || packing == Packing::tar;
}

Error damaged(archive* reader, const std::string& name) {
  const char* why = archive_error_string(reader);
  return {fmt::format("is cut short or damaged ({})",
                      printable(why == nullptr ? "it ends too early" : why)),
          name, "fetch it again"};
}

Error too_deep(const std::string& name) {
  return {fmt::format("is packed more than {} times over", deepest_packing), name,
          "unpack it by other means if you trust it"};
}

// Checks what has come out of the file so far.
Result<void> within_limits(Expansion& expansion, const Options& options, const std::string& name) {
  const std::uint64_t packed = expansion.packed == nullptr ? 0 : expansion.packed->bytes_read();
  const bool too_dense =
      expansion.bytes > options.free_expansion && expansion.bytes / options.most_expansion > packed;
  if (!too_dense && expansion.bytes <= options.most_unpacked) return {};
  expansion.exceeded = true;
  return fail(too_dense ? fmt::format("unpacks to more than {} times its size, like a bomb",
                                      options.most_expansion)
                        : fmt::format("unpacks to more than {} octets", options.most_unpacked),
              name, "unpack it by other means if you trust it");
}

// One more member, of this archive or one around or in it.
Result<void> count_member(Expansion& expansion, const std::string& name) {
  const std::uint64_t packed = expansion.packed == nullptr ? 0 : expansion.packed->bytes_read();
  const std::uint64_t members = ++expansion.members;
  const bool too_dense = members > free_members && members > packed / octets_a_member;
  if (!too_dense && members <= most_members) return {};
  expansion.exceeded = true;
  return fail(too_dense ? fmt::format("has more members ({}) than files fit into its size, like a "
                                      "bomb",
                                      members)
                        : fmt::format("has more than {} members", most_members),
              name, too_dense ? "unpack it by other means if you trust it" : "split it");
}

// What `pull` gives, within the limits.
ByteSource counted(std::string name, ByteSource::Pull pull, std::optional<UnixTime> modified,
                   Expansion& expansion, const Options& options) {
  auto counting = [name, pull = std::move(pull), &expansion, &options](
                      char* into, std::size_t size) -> Result<std::size_t> {
    auto count = pull(into, size);
    if (!count) return count;
    expansion.bytes += *count;
    if (auto fine = within_limits(expansion, options, name); !fine) {
      return tl::unexpected(fine.error());
    }
    return count;
  };
  return ByteSource::pulled(std::move(name), std::move(counting), modified);
}

ByteSource unpacked(archive* reader, std::string name, std::optional<UnixTime> modified,
                    Expansion& expansion, const Options& options) {
  auto pull = [reader, name](char* into, std::size_t size) -> Result<std::size_t> {
    const la_ssize_t count = archive_read_data(reader, into, size);
    if (count == ARCHIVE_RETRY) return std::size_t{0};
    if (count < 0) return tl::unexpected(damaged(reader, name));
    return static_cast<std::size_t>(count);
  };
  return counted(std::move(name), std::move(pull), modified, expansion, options);
}

// Folders, and what macOS and editors put beside the files.
bool is_passed_over(archive_entry* entry, std::string_view path) {
  if (archive_entry_filetype(entry) == AE_IFDIR || path.ends_with('/')) return true;
  const std::string_view file = path.substr(path.rfind('/') + 1);
  return file.starts_with('.') || path.starts_with("__MACOSX/");
}

// Why the member can't be read; empty where it can.
std::string_view refusal(archive_entry* entry) {
  if (archive_entry_is_encrypted(entry) != 0) return "is encrypted";
  if (archive_entry_symlink(entry) != nullptr || archive_entry_filetype(entry) == AE_IFLNK) {
    return "is a symbolic link, which is not followed";
  }
  if (archive_entry_hardlink(entry) != nullptr) return "is a link, which is not followed";
  if (archive_entry_filetype(entry) != AE_IFREG && archive_entry_filetype(entry) != 0) {
    return "is a device or the like, not a file";
  }
  return {};
}

// Reads them all; their number.
Result<std::uint64_t> read_members(archive* reader, const Input& input, const Nesting& nesting,
                                   const Options& options, Sink& sink) {
  const std::string& name = input.source.name();
  for (std::uint64_t number = 1;; ++number) {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(reader, &entry);
    if (status == ARCHIVE_EOF) return number - 1;
    if (status < ARCHIVE_WARN) {
      return tl::unexpected(input.fault ? *input.fault : damaged(reader, name));
    }
    if (auto fine = count_member(*nesting.expansion, name); !fine) {
      return tl::unexpected(fine.error());
    }
    const char* path = archive_entry_pathname(entry);
    if (path == nullptr) path = archive_entry_pathname_utf8(entry);
    const std::string inside = path == nullptr ? fmt::format("member {}", number) : path;
    if (is_passed_over(entry, inside)) continue;
    const std::string member = fmt::format("{}/{}", name, inside);
    if (const std::string_view why = refusal(entry); !why.empty()) {
      if (nesting.reports_only) continue;
      Tally tally;
      tally.file = member;
      tally.outer_name = nesting.outer_name;
      sink.member_begins();
      Teller(sink, tally).bad_file({std::string(why), member, {}});
      sink.member_done(tally);
      continue;
    }
    std::optional<UnixTime> modified;
    if (archive_entry_mtime_is_set(entry) != 0) modified = archive_entry_mtime(entry);
    read_member(unpacked(reader, member, modified, *nesting.expansion, options), nesting, options,
                sink);
    if (nesting.expansion->exceeded) return number;
  }
}

// The members of a zip or tar, which must be whole to its end.
Result<void> read_whole(archive* reader, Input& input, Packing packing, const Nesting& nesting,
                        const Options& options, Sink& sink) {
  const auto members = read_members(reader, input, nesting, options, sink);
  if (!members) return tl::unexpected(members.error());
  if (nesting.expansion->exceeded) return {};
  if (auto rest = take_rest(input); !rest) return rest;
  const std::string missing =
      packing == Packing::zip ? input.end.missing_of_zip(*members) : input.end.missing_of_tar();
  if (missing.empty()) return {};
  return fail(fmt::format("is cut short or damaged ({})", missing), input.source.name(),
              "fetch it again");
}

Result<void> read_gzip(ByteSource& packed, const Nesting& nesting, const Options& options,
                       Sink& sink, Tally& tally) {
  const auto first = packed.peek();
  if (!first) return tl::unexpected(first.error());
  const auto in_header = gzip_time(*first);
  Gunzip gunzip(packed);
  auto pull = [&gunzip](char* into, std::size_t size) { return gunzip.read(into, size); };
  return read_source(
      counted(packed.name(), std::move(pull), in_header ? in_header : packed.modified(),
              *nesting.expansion, options),
      nesting, options, sink, tally);
}

}  // namespace

Packing packing_of(std::string_view bytes) noexcept {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\x1f\x8b"sv)) return Packing::gzip;
  if (bytes.starts_with("PK\x03\x04"sv) || bytes.starts_with("PK\x05\x06"sv)) return Packing::zip;
  if (bytes.starts_with("BZh"sv) && bytes.substr(4, 3) == "1AY"sv) return Packing::bzip2;
  if (bytes.starts_with("\xfd"
                        "7zXZ\0"sv)) {
    return Packing::xz;
  }
  if (bytes.starts_with("\x28\xb5\x2f\xfd"sv)) return Packing::zstd;
  if (bytes.size() >= 262 && bytes.substr(257, 5) == "ustar"sv) return Packing::tar;
  return Packing::none;
}

Result<void> read_packed(ByteSource source, Packing packing, const Nesting& outer,
                         const Options& options, Sink& sink, Tally& tally) {
  tally.format = *parse_format("archive");
  if (outer.layers >= deepest_packing) return tl::unexpected(too_deep(source.name()));
  Input input{std::move(source), {}, {}, {}};
  const std::string name = input.source.name();
  Expansion own;
  Nesting nesting = outer;
  ++nesting.layers;
  if (nesting.outer_name == 0) nesting.outer_name = name.size();
  if (nesting.expansion == nullptr) {
    nesting.expansion = &own;
    own.packed = &input.source;
  }
  if (packing == Packing::gzip) {
    auto done = read_gzip(input.source, nesting, options, sink, tally);
    tally.bytes = input.source.bytes_read();
    return done;
  }
  const Archive reader(archive_read_new());
  int status = allow(reader.get(), packing);
  if (packing == Packing::tar) {  // "cat a.tar b.tar" makes one of two
    archive_read_set_options(reader.get(), "tar:read_concatenated_archives");
  }
  if (!holds_members(packing)) archive_read_support_format_raw(reader.get());
  const auto first = input.source.peek();
  if (!first) return tl::unexpected(first.error());
  if (status >= ARCHIVE_WARN) {
    // In memory, libarchive can also look at the directory at the end of a zip.
    if (input.source.peeked_all()) {
      input.end.take(*first);
      status = archive_read_open_memory(reader.get(), first->data(), first->size());
    } else {
      status = archive_read_open(reader.get(), &input, nullptr, more_input, nullptr);
    }
  }
  if (status < ARCHIVE_WARN) {
    return tl::unexpected(input.fault ? *input.fault : damaged(reader.get(), name));
  }
  if (holds_members(packing)) {
    auto done = read_whole(reader.get(), input, packing, nesting, options, sink);
    tally.bytes = input.source.bytes_read();
    return done;
  }
  archive_entry* entry = nullptr;
  if (archive_read_next_header(reader.get(), &entry) < ARCHIVE_WARN) {
    return tl::unexpected(input.fault ? *input.fault : damaged(reader.get(), name));
  }
  // The library takes off as many layers of one filter as there are; the last is its own input.
  const int filters = archive_filter_count(reader.get()) - 1;
  if (filters > 1) nesting.layers += static_cast<unsigned>(filters - 1);
  if (nesting.layers > deepest_packing) return tl::unexpected(too_deep(name));
  const std::optional<UnixTime> modified = archive_entry_mtime_is_set(entry) != 0
                                               ? std::optional(archive_entry_mtime(entry))
                                               : input.source.modified();
  auto done = read_source(unpacked(reader.get(), name, modified, *nesting.expansion, options),
                          nesting, options, sink, tally);
  if (done && !nesting.expansion->exceeded) done = take_rest(input);
  tally.bytes = input.source.bytes_read();
  return done;
}

}  // namespace postern::evidence
