#include "evidence/detect.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

#include <fmt/format.h>

#include "auth/aggregate_report.hpp"
#include "base/ascii.hpp"
#include "evidence/logs/postfix_reader.hpp"

namespace postern::evidence {
namespace {

std::string_view first_line(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

bool has_column(std::string_view header, char separator, std::string_view column) {
  for (std::string_view name : split(header, separator)) {
    name = trim(name);
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') {
      name = name.substr(1, name.size() - 2);
    }
    if (iequals(name, column)) return true;
  }
  return false;
}

bool looks_like_header_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  return std::all_of(line.begin(), line.begin() + static_cast<long>(colon), [](char c) {
    return c > ' ' && c < 0x7f && c != ',' && c != '"' && c != '{';
  });
}

constexpr std::string_view known =
    "Postern reads EmailEvents, message traces and their details, historical search, connector and "
    "Change Optics reports, message tracking logs, DMARC aggregate reports, Postfix logs, and "
    "received "
    "mail (.eml, mbox, Maildir), packed or not";

struct JsonForms {
  Format document, lines;
};

// By the property names of the first rows.
std::optional<JsonForms> json_forms(std::string_view start) {
  const auto has = [&](std::string_view key) {
    return ifind(start, "\"" + std::string(key) + "\"") != std::string_view::npos;
  };
  if (ifind(start, "\"SenderMailFrom") != std::string_view::npos || has("EmailDirection")) {
    return JsonForms{Format::email_events_json, Format::email_events_json_lines};
  }
  if (has("Event") && has("Data") && (has("MessageTraceId") || has("messageId"))) {
    return JsonForms{Format::message_trace_detail_json, Format::message_trace_detail_json_lines};
  }
  if (has("SenderAddress") && has("RecipientAddress")) {
    return JsonForms{Format::message_trace_json, Format::message_trace_json_lines};
  }
  if (has("EventId") && has("Source") && has("Recipients")) {
    return JsonForms{Format::message_tracking_json, Format::message_tracking_json};
  }
  return std::nullopt;
}

}  // namespace

std::string_view skip_preamble(std::string_view text) noexcept {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (text.starts_with("#Software:") || text.starts_with("#Fields:")) {
    // Exchange Server's logs: "#Name: value" lines, the last of which holds the header.
    constexpr std::string_view fields = "#Fields: ";
    const std::size_t at = text.starts_with(fields) ? 0 : text.find("\n#Fields: ");
    if (at == std::string_view::npos) return text;
    return text.substr(at + (at == 0 ? 0 : 1) + fields.size());
  }
  if (istarts_with(text, "sep=") || istarts_with(text, "#TYPE")) {
    const std::size_t end = text.find('\n');
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return text;
}

char separator_of(std::string_view text) noexcept {
  const std::string_view header = first_line(skip_preamble(text));
  char best = ',';
  std::ptrdiff_t most = 0;
  for (const char candidate : {',', ';', '\t'}) {
    const auto count = std::count(header.begin(), header.end(), candidate);
    if (count > most) {
      most = count;
      best = candidate;
    }
  }
  return best;
}

Result<Format> detect(std::string_view first_piece, const std::string& name) {
  const std::string_view text = skip_preamble(first_piece);
  if (trim(text).empty()) return fail("is empty", name, "export the evidence again");
  if (text.substr(0, 512).find('\0') != std::string_view::npos) {
    return fail("holds NUL bytes, so it is not a text file", name, std::string(known));
  }
  if (text.starts_with("From ")) return Format::mbox;
  const std::string_view start = trim(text);
  if (auth::looks_like_aggregate_report(start)) return Format::dmarc_xml;
  if (const auto log = postfix_format(text)) return *log;
  if (start[0] == '[' || start[0] == '{') {
    const auto forms = json_forms(start);
    if (!forms) return fail("is JSON, but not of evidence", name, std::string(known));
    const bool lines = start[0] == '{' && ifind(start, "\"value\"") == std::string_view::npos &&
                       ifind(start, "\"results\"") == std::string_view::npos &&
                       ifind(start, "\"rows\"") == std::string_view::npos;
    return lines ? forms->lines : forms->document;
  }
  const std::string_view header = first_line(text);
  const char separator = separator_of(text);
  const auto has = [&](std::string_view column) { return has_column(header, separator, column); };
  if (has("SenderMailFromAddress") || has("SenderMailFromDomain")) return Format::email_events_csv;
  if (has("event_id") && has("sender_address")) return Format::historical_extended_csv;
  if (has("recipient_status") && has("sender_address")) return Format::historical_summary_csv;
  if (has("event-id") && has("recipient-address")) return Format::message_tracking_log;
  if (has("EventId") && has("Source") && has("Recipients")) return Format::message_tracking_log;
  if (has("Event") && has("Data") && (has("MessageTraceId") || has("MessageId"))) {
    return Format::message_trace_detail_csv;
  }
  if (has("SenderAddress") && has("RecipientAddress") &&
      (has("Received") || has("receivedDateTime") || has("MessageTraceId"))) {
    return Format::message_trace_csv;
  }
  if (has("Scenario") || has("Change scenario")) return Format::change_optics_csv;
  if (has("sender_address") && (has("recipient_address") || has("connector_name"))) {
    return Format::connector_report_csv;
  }
  if (looks_like_header_field(header)) return Format::eml;
  if (header.find(separator) != std::string_view::npos) {
    return fail(fmt::format("is a table of no known format (its columns: {})",
                            printable(header.substr(0, 120))),
                name, std::string(known));
  }
  return fail(
      fmt::format("is in no known format (it starts with '{}')", printable(header.substr(0, 40))),
      name, std::string(known));
}

}  // namespace postern::evidence
