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
constexpr std::array<FormatName, 18> formats{{
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

bool is_json_lines(Format format) noexcept {
  return name_of(format).ends_with("-jsonl");
}
bool is_json(Format format) noexcept {
  return name_of(format).ends_with("-json");
}

Result<Tally> read_table(ByteSource source, Format format, const Options& options, Sink& sink) {
  Tally tally;
  tally.file = source.name();
  tally.format = format;
  const auto table = table_format(format, options);
  const bool lines = is_json_lines(format);
  const auto done = lines || is_json(format)
                        ? read_json(source, *table, options, sink, tally, lines)
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
    case Format::message_trace_csv:
    case Format::message_trace_json:
    case Format::message_trace_json_lines:
      return message_trace_format(options.sender_address_is_envelope);
    case Format::message_trace_detail_csv:
    case Format::message_trace_detail_json:
    case Format::message_trace_detail_json_lines:
      return message_trace_detail_format();
    case Format::message_tracking_log:
    case Format::message_tracking_json:
      return message_tracking_format();
    case Format::connector_report_csv:
      return connector_report_format();
    case Format::change_optics_csv:
      return change_optics_format();
    case Format::eml:
    case Format::mbox:
    case Format::maildir:
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
  } else {
    const auto detected = detect_file(path);
    if (!detected) return tl::unexpected(detected.error());
    format = *detected;
  }
  if (format == Format::maildir) {
    return fail("is no Maildir (a folder with cur and new in it)", path, "check --format");
  }
  auto source = ByteSource::open(path);
  if (!source) return tl::unexpected(source.error());
  if (format == Format::eml) return read_eml(std::move(*source), options, sink);
  if (format == Format::mbox) return read_mbox(std::move(*source), options, sink);
  return read_table(std::move(*source), format, options, sink);
}

}  // namespace postern::evidence
