#include "evidence/reader.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "evidence/bytes/archive.hpp"
#include "evidence/bytes/byte_source.hpp"
#include "evidence/bytes/foreign_files.hpp"
#include "evidence/detect.hpp"
#include "evidence/mail/mail_reader.hpp"
#include "evidence/registry.hpp"
#include "evidence/source_reading.hpp"
#include "evidence/tables/ledger_reader.hpp"
#include "evidence/tables/table_reader.hpp"
#include "evidence/teller.hpp"
#include "ledger/rows.hpp"

namespace postern::evidence {
namespace {

namespace fs = std::filesystem;

bool is_maildir(const fs::path& path) {
  std::error_code unknown;
  return fs::is_directory(path / "cur", unknown) && fs::is_directory(path / "new", unknown);
}

// A folder that a link leads back to is not entered again.
using Folders = std::vector<std::pair<dev_t, ino_t>>;

// What desktops, editors, version control and Postern's own fetching (".postern-fetch.json") leave
// in folders; never evidence.
bool is_litter(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 10> names = {
      ".DS_Store", ".localized", ".directory",      ".git",       ".gitignore",
      ".gitkeep",  ".Trashes",   ".Spotlight-V100", ".fseventsd", ".thumbnails"};
  return name.starts_with("._") || name.starts_with(".#") || name.starts_with(".postern-") ||
         name.starts_with(".~lock.") || name.starts_with(".nfs") ||
         (name.starts_with('.') && name.ends_with(".swp")) ||
         std::find(names.begin(), names.end(), name) != names.end();
}

Result<void> collect(const fs::path& folder, Folders& around, std::vector<std::string>& files) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) == 0) {
    const std::pair place{status.st_dev, status.st_ino};
    if (std::find(around.begin(), around.end(), place) != around.end()) return {};
    around.push_back(place);
  }
  const std::size_t depth = around.size();
  std::error_code failed;
  for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
    const fs::path& path = it->path();
    if (is_litter(path.filename().native())) continue;
    std::error_code unknown;
    if (it->is_directory(unknown)) {
      if (is_maildir(path)) {
        files.push_back(path.string());
      } else if (auto done = collect(path, around, files); !done) {
        return done;
      }
      around.resize(depth);
    } else if (it->is_regular_file(unknown) || !it->exists(unknown)) {
      files.push_back(path.string());  // a link that leads nowhere is told when it is opened
    } else {
      return fail("is no file but a pipe, a socket or a device", path.string(),
                  "move it out of the folder, or give what it holds as a file");
    }
  }
  if (failed) {
    return fail(fmt::format("can't be read ({})", failed.message()), folder.string(),
                "check its permissions");
  }
  return {};
}

// As old programs of the Macintosh do. Then the whole is one line to every reader of lines, and its
// rows are lost; JSON and XML do not care.
bool ends_lines_in_cr(std::string_view text) noexcept {
  const std::size_t at = text.find('\r');
  const std::string_view start = trim(text.substr(0, 64));
  return at != std::string_view::npos && at + 1 < text.size() &&
         text.find('\n') == std::string_view::npos && text.find('\0') == std::string_view::npos &&
         !start.starts_with('{') && !start.starts_with('[') && !start.starts_with('<');
}

}  // namespace

Result<std::vector<std::string>> expand(std::string_view argument) {
  const std::string path(argument);
  if (path == "-" || ledger::is_cluster_address(path)) return std::vector<std::string>{path};
  std::error_code failed;
  const fs::file_status status = fs::status(path, failed);
  if (!fs::exists(status)) {
    return fail(
        fmt::format("can't be read ({})", failed ? failed.message() : std::strerror(ENOENT)), path,
        "check the path");
  }
  if (!fs::is_directory(status) || is_maildir(path)) return std::vector<std::string>{path};
  std::vector<std::string> files;
  Folders around;
  if (auto done = collect(path, around, files); !done) return tl::unexpected(done.error());
  if (files.empty()) return fail("is a folder without evidence in it", path, "name files");
  std::sort(files.begin(), files.end());
  return files;
}

Result<void> read_as(Format format, ByteSource& source, const Nesting& nesting,
                     const Options& options, Sink& sink, Tally& tally) {
  tally.file = source.name();
  tally.format = format;
  Teller tell(sink, tally, options.reference_time);
  const Reading reading{format, nesting, options, tell};
  const FormatRow& row = *format.row();
  Result<void> done;
  if (row.table == nullptr) {
    done = row.read(source, reading);
  } else {
    const auto table = row.table(options);
    table->times().expect(options.dates);
    done = format.encoding() == Encoding::csv ? read_csv(source, *table, reading)
                                              : read_json(source, *table, reading);
  }
  // After an error, how far it was read would tell of blocks and threads alone.
  tally.bytes = done ? source.bytes_read() : std::max(source.bytes_read(), source.size());
  return done;
}

Result<void> read_source(ByteSource source, const Nesting& nesting, const Options& options,
                         Sink& sink, Tally& tally) {
  tally.file = source.name();
  const auto bytes = source.peek();
  if (!bytes) return tl::unexpected(bytes.error());
  if (auto foreign = foreign_file(*bytes, source.name())) {
    return nesting.reports_only ? Result<void>{} : tl::unexpected(std::move(*foreign));
  }
  if (const Packing packing = packing_of(*bytes); packing != Packing::none) {
    return read_packed(std::move(source), packing, nesting, options, sink, tally);
  }
  std::string first;
  if (const auto got = source.append_to(first); !got) return tl::unexpected(got.error());
  if (!nesting.reports_only && ends_lines_in_cr(first)) {
    return fail("ends its lines with a carriage return alone", source.name(),
                "write it anew: tr '\\r' '\\n' < FILE > NEW");
  }
  const auto format =
      options.format ? Result<Format>(*options.format) : detect(first, source.name());
  if (nesting.reports_only && (!format || !format->has(Trait::daily_counts))) return {};
  if (!format) return tl::unexpected(format.error());
  source.put_back(std::move(first));
  if (auto done = read_as(*format, source, nesting, options, sink, tally); !done) return done;
  return source.finish();
}

void read_member(ByteSource source, const Nesting& nesting, const Options& options, Sink& sink) {
  Tally tally;
  tally.outer_name = nesting.outer_name;
  sink.member_begins();
  if (const auto done = read_source(std::move(source), nesting, options, sink, tally); !done) {
    Teller(sink, tally).bad_file(done.error());
  }
  sink.member_done(tally);
}

Result<void> read_file(const std::string& path, const Options& options, NamedRelay& relays,
                       Sink& sink, Tally& tally) {
  tally.file = path;
  const Format ledger_format = *parse_format("ledger");
  if (ledger::is_cluster_address(path) ||
      (options.format ? *options.format == ledger_format : is_sqlite(path))) {
    tally.format = ledger_format;
    Teller tell(sink, tally, options.reference_time);
    return read_ledger(path, options, tell);
  }
  auto source = ByteSource::open(path);
  if (!source) {
    std::error_code unknown;
    if (!fs::is_directory(path, unknown)) return tl::unexpected(source.error());
    tally.format = *parse_format("maildir");
    Teller tell(sink, tally, options.reference_time);
    return read_maildir(path, options, tell);
  }
  Nesting nesting;
  nesting.relays = &relays;
  return read_source(std::move(*source), nesting, options, sink, tally);
}

Result<Tally> read(const std::string& path, const Options& options, Sink& sink) {
  Tally tally;
  NamedRelay relays;
  if (auto done = read_file(path, options, relays, sink, tally); !done) {
    return tl::unexpected(done.error());
  }
  return tally;
}

}  // namespace postern::evidence
