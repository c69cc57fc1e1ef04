#include "evidence/reader.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "evidence/byte_source.hpp"
#include "evidence/detect.hpp"
#include "evidence/ledger_reader.hpp"
#include "evidence/mail_reader.hpp"
#include "evidence/table_reader.hpp"

namespace postern::evidence {
namespace {

namespace fs = std::filesystem;

struct FormatName {
  Format format;
  std::string_view name;
  std::string_view description;
};
constexpr std::array<FormatName, 9> formats{{
    {Format::email_events_csv, "email-events-csv", "Defender EmailEvents (CSV)"},
    {Format::email_events_json, "email-events-json", "Defender EmailEvents (JSON)"},
    {Format::email_events_json_lines, "email-events-jsonl", "Defender EmailEvents (JSON lines)"},
    {Format::historical_summary_csv, "historical-summary",
     "historical search, summary report (CSV)"},
    {Format::historical_extended_csv, "historical-extended",
     "historical search, extended report (CSV)"},
    {Format::eml, "eml", "received mail (.eml)"},
    {Format::mbox, "mbox", "received mail (mbox)"},
    {Format::maildir, "maildir", "received mail (Maildir)"},
    {Format::ledger, "ledger", "the gate's ledger (SQLite)"},
}};

bool is_maildir(const fs::path& path) {
  std::error_code unknown;
  return fs::is_directory(path / "cur", unknown) && fs::is_directory(path / "new", unknown);
}

Result<void> collect(const fs::path& folder, std::vector<std::string>& files) {
  std::error_code failed;
  for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
    const fs::path& path = it->path();
    if (path.filename().string().starts_with('.')) continue;
    std::error_code unknown;
    if (fs::is_directory(path, unknown)) {
      if (is_maildir(path)) {
        files.push_back(path.string());
      } else if (auto done = collect(path, files); !done) {
        return done;
      }
    } else if (fs::is_regular_file(path, unknown)) {
      files.push_back(path.string());
    }
  }
  if (failed) {
    return fail(fmt::format("can't be read ({})", failed.message()), folder.string(),
                "check its permissions");
  }
  return {};
}

Result<Format> detect_file(const std::string& path) {
  auto source = ByteSource::open(path);
  if (!source) return tl::unexpected(source.error());
  std::string piece;
  if (const auto got = source->append_to(piece); !got) return tl::unexpected(got.error());
  return detect(piece, path);
}

Result<Tally> read_table(ByteSource source, Format format, const Options& options, Sink& sink) {
  Tally tally;
  tally.file = source.name();
  tally.format = format;
  const auto table = table_format(format, options);
  const bool json =
      format == Format::email_events_json || format == Format::email_events_json_lines;
  const auto done = json ? read_json(source, *table, options, sink, tally,
                                     format == Format::email_events_json_lines)
                         : read_csv(source, *table, options, sink, tally);
  if (!done) return tl::unexpected(done.error());
  tally.bytes = source.bytes_read();
  return tally;
}

// Standard input can't be read twice: its format is told from the piece that is then read.
Result<Tally> read_standard_input(const Options& options, Sink& sink) {
  auto source = ByteSource::open("-");
  if (!source) return tl::unexpected(source.error());
  std::string piece;
  if (const auto got = source->append_to(piece); !got) return tl::unexpected(got.error());
  const auto format =
      options.format ? Result<Format>(*options.format) : detect(piece, source->name());
  if (!format) return tl::unexpected(format.error());
  source->put_back(std::move(piece));
  if (*format == Format::eml) return read_eml(std::move(*source), options, sink);
  if (*format == Format::mbox) return read_mbox(std::move(*source), options, sink);
  if (*format == Format::ledger) {
    return fail("a ledger can't be read from a pipe", "standard input", "name the file");
  }
  if (*format == Format::maildir) {
    return fail("standard input is no Maildir", "standard input", "name the folder");
  }
  return read_table(std::move(*source), *format, options, sink);
}

}  // namespace

std::string_view name_of(Format format) noexcept {
  for (const FormatName& known : formats) {
    if (known.format == format) return known.name;
  }
  return {};
}

std::string_view describe(Format format) noexcept {
  for (const FormatName& known : formats) {
    if (known.format == format) return known.description;
  }
  return {};
}

Result<Format> parse_format(std::string_view text) {
  std::string names;
  for (const FormatName& known : formats) {
    if (known.name == text) return known.format;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", known.name);
  }
  return fail(fmt::format("'{}' is no evidence format", printable(text)), "--format",
              "use one of " + names);
}

std::unique_ptr<TableFormat> table_format(Format format, const Options& options) {
  switch (format) {
    case Format::email_events_csv:
    case Format::email_events_json:
    case Format::email_events_json_lines:
      return email_events_format();
    case Format::historical_extended_csv:
      return historical_extended_format();
    case Format::historical_summary_csv:
      return historical_summary_format(options.sender_address_is_envelope);
    case Format::eml:
    case Format::mbox:
    case Format::maildir:
    case Format::ledger:
      break;
  }
  return nullptr;
}

Result<std::vector<std::string>> expand(std::string_view argument) {
  const std::string path(argument);
  if (path == "-") return std::vector<std::string>{path};
  std::error_code failed;
  const fs::file_status status = fs::status(path, failed);
  if (!fs::exists(status)) {
    return fail(
        fmt::format("can't be read ({})", failed ? failed.message() : std::strerror(ENOENT)), path,
        "check the path");
  }
  if (!fs::is_directory(status) || is_maildir(path)) return std::vector<std::string>{path};
  std::vector<std::string> files;
  if (auto done = collect(path, files); !done) return tl::unexpected(done.error());
  if (files.empty()) return fail("is a folder without evidence in it", path, "name files");
  std::sort(files.begin(), files.end());
  return files;
}

Result<Tally> read(const std::string& path, const Options& options, Sink& sink) {
  if (path == "-") return read_standard_input(options, sink);
  std::error_code unknown;
  if (fs::is_directory(path, unknown)) return read_maildir(path, options, sink);
  Format format = Format::eml;
  if (options.format) {
    format = *options.format;
  } else if (is_sqlite(path)) {
    format = Format::ledger;
  } else {
    const auto detected = detect_file(path);
    if (!detected) return tl::unexpected(detected.error());
    format = *detected;
  }
  if (format == Format::maildir) {
    return fail("is no Maildir (a folder with cur and new in it)", path, "check --format");
  }
  if (format == Format::ledger) return read_ledger(path, options, sink);
  auto source = ByteSource::open(path);
  if (!source) return tl::unexpected(source.error());
  if (format == Format::eml) return read_eml(std::move(*source), options, sink);
  if (format == Format::mbox) return read_mbox(std::move(*source), options, sink);
  return read_table(std::move(*source), format, options, sink);
}

}  // namespace postern::evidence
