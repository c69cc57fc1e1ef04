#include "evidence/reader.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <sys/stat.h>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "evidence/bytes/archive.hpp"
#include "evidence/bytes/byte_source.hpp"
#include "evidence/detect.hpp"
#include "evidence/logs/postfix_reader.hpp"
#include "evidence/mail/mail_reader.hpp"
#include "evidence/source_reading.hpp"
#include "evidence/tables/dmarc_reader.hpp"
#include "evidence/tables/ledger_reader.hpp"
#include "evidence/tables/table_reader.hpp"

namespace postern::evidence {
namespace {

namespace fs = std::filesystem;

struct FormatName {
  Format format;
  std::string_view name;
  std::string_view description;
};
constexpr std::array<FormatName, 23> formats{{
    {Format::email_events_csv, "email-events-csv", "Defender EmailEvents (CSV)"},
    {Format::email_events_json, "email-events-json", "Defender EmailEvents (JSON)"},
    {Format::email_events_json_lines, "email-events-jsonl", "Defender EmailEvents (JSON lines)"},
    {Format::historical_summary_csv, "historical-summary",
     "historical search, summary report (CSV)"},
    {Format::historical_extended_csv, "historical-extended",
     "historical search, extended report (CSV)"},
    {Format::message_trace_csv, "message-trace-csv", "message trace (CSV)"},
    {Format::message_trace_json, "message-trace-json", "message trace (JSON)"},
    {Format::message_trace_json_lines, "message-trace-jsonl", "message trace (JSON lines)"},
    {Format::message_trace_detail_csv, "message-trace-detail-csv", "message trace details (CSV)"},
    {Format::message_trace_detail_json, "message-trace-detail-json",
     "message trace details (JSON)"},
    {Format::message_trace_detail_json_lines, "message-trace-detail-jsonl",
     "message trace details (JSON lines)"},
    {Format::message_tracking_log, "message-tracking-log", "message tracking log"},
    {Format::message_tracking_json, "message-tracking-json", "message tracking log (JSON)"},
    {Format::connector_report_csv, "connector-report", "historical search, connector report (CSV)"},
    {Format::change_optics_csv, "change-optics", "Change Optics report, Direct Send (CSV)"},
    {Format::eml, "eml", "received mail (.eml)"},
    {Format::mbox, "mbox", "received mail (mbox)"},
    {Format::maildir, "maildir", "received mail (Maildir)"},
    {Format::archive, "archive", "archive (.gz, .zip, .tar, …)"},
    {Format::dmarc_xml, "dmarc", "DMARC aggregate reports (XML)"},
    {Format::postfix_syslog, "postfix-syslog", "Postfix log"},
    {Format::postfix_json, "postfix-json", "Postfix log (JSON lines)"},
    {Format::ledger, "ledger", "the gate's ledger (SQLite)"},
}};

bool is_maildir(const fs::path& path) {
  std::error_code unknown;
  return fs::is_directory(path / "cur", unknown) && fs::is_directory(path / "new", unknown);
}

// A folder that a link leads back to is not entered again.
using Folders = std::vector<std::pair<dev_t, ino_t>>;

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
    if (path.filename().native().starts_with('.')) continue;
    std::error_code unknown;
    if (it->is_directory(unknown)) {
      if (is_maildir(path)) {
        files.push_back(path.string());
      } else if (auto done = collect(path, around, files); !done) {
        return done;
      }
      around.resize(depth);
    } else if (it->is_regular_file(unknown)) {
      files.push_back(path.string());
    }
  }
  if (failed) {
    return fail(fmt::format("can't be read ({})", failed.message()), folder.string(),
                "check its permissions");
  }
  return {};
}

bool is_json_lines(Format format) noexcept {
  return name_of(format).ends_with("-jsonl");
}
bool is_json(Format format) noexcept {
  return name_of(format).ends_with("-json");
}

Result<void> read_table(ByteSource source, Format format, const Options& options, Sink& sink,
                        Tally& tally) {
  const auto table = table_format(format, options);
  const bool lines = is_json_lines(format);
  auto done = lines || is_json(format) ? read_json(source, *table, options, sink, tally, lines)
                                       : read_csv(source, *table, options, sink, tally);
  tally.bytes = source.bytes_read();
  return done;
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
    append_item(names, known.name);
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
    case Format::message_trace_csv:
    case Format::message_trace_json:
    case Format::message_trace_json_lines:
      return message_trace_format(options);
    case Format::message_trace_detail_csv:
    case Format::message_trace_detail_json:
    case Format::message_trace_detail_json_lines:
      return message_trace_detail_format();
    case Format::message_tracking_log:
    case Format::message_tracking_json:
      return message_tracking_format(options);
    case Format::connector_report_csv:
      return connector_report_format();
    case Format::change_optics_csv:
      return change_optics_format();
    case Format::eml:
    case Format::mbox:
    case Format::maildir:
    case Format::archive:
    case Format::dmarc_xml:
    case Format::postfix_syslog:
    case Format::postfix_json:
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
  Folders around;
  if (auto done = collect(path, around, files); !done) return tl::unexpected(done.error());
  if (files.empty()) return fail("is a folder without evidence in it", path, "name files");
  std::sort(files.begin(), files.end());
  return files;
}

Result<void> read_source(ByteSource source, const Nesting& nesting, const Options& options,
                         Sink& sink, Tally& tally) {
  tally.file = source.name();
  const auto bytes = source.peek();
  if (!bytes) return tl::unexpected(bytes.error());
  if (const Packing packing = packing_of(*bytes); packing != Packing::none) {
    return read_packed(std::move(source), packing, nesting, options, sink, tally);
  }
  std::string first;
  if (const auto got = source.append_to(first); !got) return tl::unexpected(got.error());
  const auto format =
      options.format ? Result<Format>(*options.format) : detect(first, source.name());
  if (nesting.reports_only && (!format || *format != Format::dmarc_xml)) return {};
  if (!format) return tl::unexpected(format.error());
  source.put_back(std::move(first));
  tally.format = *format;
  switch (*format) {
    case Format::maildir:
      return fail("is no Maildir (a folder with cur and new in it)", source.name(),
                  "name the folder, or check --format");
    case Format::archive:
      return fail("is no archive that Postern opens (.gz, .bz2, .xz, .zst, .zip, .tar)",
                  source.name(), "check --format");
    case Format::ledger:
      return fail("a ledger can't be read from a pipe or an archive", source.name(),
                  "name the file");
    case Format::eml:
    case Format::mbox:
      return read_mail(std::move(source), *format, nesting, options, sink, tally);
    case Format::dmarc_xml: {
      auto done = read_dmarc(source, options, sink, tally);
      tally.bytes = source.bytes_read();
      return done;
    }
    case Format::postfix_syslog:
    case Format::postfix_json: {
      auto done = read_postfix(source, *format, options, sink, tally);
      tally.bytes = source.bytes_read();
      return done;
    }
    default:
      return read_table(std::move(source), *format, options, sink, tally);
  }
}

void tell_bad_file(const Error& error, Sink& sink, Tally& tally) {
  ++tally.rows;
  ++tally.bad;
  sink.bad({error.where.empty() ? tally.file : error.where, 0, 0, {}, error.what});
}

void read_member(ByteSource source, const Nesting& nesting, const Options& options, Sink& sink) {
  Tally tally;
  tally.format = Format::archive;
  tally.outer_name = nesting.outer_name;
  sink.member_begins();
  if (const auto done = read_source(std::move(source), nesting, options, sink, tally); !done) {
    tell_bad_file(done.error(), sink, tally);
  }
  sink.member_done(tally);
}

Result<void> read_file(const std::string& path, const Options& options, Sink& sink, Tally& tally) {
  tally.file = path;
  if (options.format ? *options.format == Format::ledger : is_sqlite(path)) {
    auto ledger = read_ledger(path, options, sink);
    if (!ledger) return tl::unexpected(ledger.error());
    tally = std::move(*ledger);
    return {};
  }
  auto source = ByteSource::open(path);
  if (!source) {
    std::error_code unknown;
    if (!fs::is_directory(path, unknown)) return tl::unexpected(source.error());
    auto folder = read_maildir(path, options, sink);
    if (!folder) return tl::unexpected(folder.error());
    tally = std::move(*folder);
    return {};
  }
  return read_source(std::move(*source), {}, options, sink, tally);
}

Result<Tally> read(const std::string& path, const Options& options, Sink& sink) {
  Tally tally;
  if (auto done = read_file(path, options, sink, tally); !done) {
    return tl::unexpected(done.error());
  }
  return tally;
}

}  // namespace postern::evidence
