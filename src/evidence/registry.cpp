#include "evidence/registry.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "auth/aggregate_report.hpp"
#include "base/ascii.hpp"
#include "base/join.hpp"
#include "evidence/bytes/archive.hpp"
#include "evidence/detect.hpp"
#include "evidence/logs/postfix_reader.hpp"
#include "evidence/mail/mail_reader.hpp"
#include "evidence/tables/dmarc_reader.hpp"
#include "evidence/tables/json_objects.hpp"
#include "evidence/tables/ledger_reader.hpp"

namespace postern::evidence {

// Each in its own file.
TableMaker email_events_format, historical_extended_format, historical_summary_format,
    message_trace_format, message_trace_detail_format, message_tracking_format,
    connector_report_format, change_optics_format, direct_send_script_format,
    analyzed_emails_format, parsedmarc_format;

SourceReader read_exim, read_iis, read_sendmail, read_opensmtpd, read_protocol_log;
StartsLike starts_like_exim, starts_like_iis, starts_like_sendmail, starts_like_opensmtpd,
    starts_like_protocol_log;

namespace {

Result<void> not_from_text(ByteSource& source, const Reading& reading) {
  const std::string_view name = name_of(reading.format);
  if (name == "maildir") {
    return fail("is no Maildir (a folder with cur and new in it)", source.name(),
                "name the folder, or check --format");
  }
  if (name == "ledger") {
    return fail("a ledger can't be read from a pipe or an archive", source.name(), "name the file");
  }
  return fail("is no archive that Postern opens (.gz, .bz2, .xz, .zst, .zip, .tar)", source.name(),
              "check --format");
}

// Advanced hunting: the portal's export and the API (Microsoft Learn, "Advanced hunting quotas and
// usage parameters"); Log Analytics: its portal and its API (Azure Monitor service limits).
const std::vector<std::uint64_t> hunting_rows = {30'000, 100'000, 500'000};
// Get-MessageTraceV2: -ResultSize by default and at most; Graph's messageTraces likewise.
const std::vector<std::uint64_t> trace_rows = {1'000, 5'000};
// Start-HistoricalSearch.
const std::vector<std::uint64_t> historical_rows = {100'000};

const std::array all_rows = {
    FormatRow{.names = {.csv = "email-events-csv",
                        .json = "email-events-json",
                        .json_lines = "email-events-jsonl"},
              .title = "Defender EmailEvents",
              .columns = {{{"SenderMailFromAddress"}, {"Email date"}},
                          {{"SenderMailFromDomain"}, {"Email date"}},
                          {{"EmailDirection"}}},
              .table = email_events_format,
              .trait = Trait::accepted_only,
              .knows = {"yes", "yes", "yes", "yes", "30"},
              .most_rows = hunting_rows},
    FormatRow{.names = {.csv = "threat-explorer"},
              .title = "Threat Explorer",
              .columns = {{{"SenderMailFromAddress", "Email date"}}},
              .table = email_events_format,
              .trait = Trait::accepted_only,
              .knows = {"yes", "yes", "yes", "no", "30"}},
    FormatRow{.names = {.json = "analyzed-emails-json", .json_lines = "analyzed-emails-jsonl"},
              .title = "Graph analyzedEmails",
              .columns = {{{"senderDetail", "networkMessageId"}}},
              .table = analyzed_emails_format,
              .trait = Trait::accepted_only,
              .knows = {"yes", "yes", "where it names one", "yes", "30"}},
    FormatRow{.names = {.csv = "direct-send-script"},
              .title = "report of Get-DirectSendReport.ps1",
              .columns = {{{"RdsAffected", "ReturnPath"}}},
              .table = direct_send_script_format,
              .knows = {"yes", "yes", "yes", "no", "90"}},
    FormatRow{.names = {.csv = "message-trace-detail-csv",
                        .json = "message-trace-detail-json",
                        .json_lines = "message-trace-detail-jsonl"},
              .title = "message trace details",
              .columns = {{{"Event", "Data", "MessageTraceId"}}, {{"Event", "Data", "MessageId"}}},
              .table = message_trace_detail_format,
              .knows = {"yes", "mostly", "yes", "no", "90"}},
    FormatRow{.names = {.csv = "historical-extended"},
              .title = "historical search, extended report",
              .columns = {{{"event_id", "sender_address"}}},
              .table = historical_extended_format,
              .knows = {"yes", "yes", "yes", "no", "90"},
              .most_rows = historical_rows},
    FormatRow{
        .names = {.csv = "change-optics"},
        .title = "Change Optics report, Direct Send",
        .columns = {{{"Scenario"}}, {{"Change scenario"}}, {{"Message ID", "Tag", "Details"}}},
        .table = change_optics_format,
        .knows = {"by its definition", "if the export has it", "none, by its definition", "no",
                  "a sample"}},
    FormatRow{
        .names = {.csv = "connector-report"},
        .title = "historical search, connector report",
        .columns = {{{"sender_address", "recipient_address"}, {"event_id", "recipient_status"}},
                    {{"sender_address", "connector_name"}, {"event_id", "recipient_status"}}},
        .table = connector_report_format,
        .knows = {"uncertain", "if the export has it", "none matched, if the export has the column",
                  "no", "90"},
        .most_rows = historical_rows},
    FormatRow{
        .names = {.csv = "message-tracking-log", .json = "message-tracking-json"},
        .title = "message tracking log",
        .columns = {{{"event-id", "recipient-address"}}, {{"EventId", "Source", "Recipients"}}},
        .table = message_tracking_format,
        .trait = Trait::one_server,
        .knows = {"yes", "yes", "no", "no", "30 by default"}},
    FormatRow{.names = {.csv = "message-trace-csv",
                        .json = "message-trace-json",
                        .json_lines = "message-trace-jsonl"},
              .title = "message trace",
              .columns = {{{"SenderAddress", "RecipientAddress"}, {"Scenario", "Change scenario"}}},
              .table = message_trace_format,
              .knows = {"uncertain", "yes", "no", "no", "90"},
              .most_rows = trace_rows},
    FormatRow{.names = {.csv = "historical-summary"},
              .title = "historical search, summary report",
              .columns = {{{"recipient_status", "sender_address"}, {"event_id"}}},
              .table = historical_summary_format,
              .knows = {"uncertain", "yes", "some", "no", "90"},
              .most_rows = historical_rows},
    FormatRow{.names = {.own = "eml"},
              .title = "received mail (.eml)",
              .starts_like = starts_like_mail,
              .read = read_mail,
              .trait = Trait::mailbox,
              .knows = {"yes", "yes", "sometimes", "yes", "what the mailbox holds"},
              .fuzzer = "mail"},
    FormatRow{.names = {.own = "mbox"},
              .title = "received mail (mbox)",
              .starts_like = starts_like_mbox,
              .read = read_mail,
              .trait = Trait::mailbox,
              .knows = {"yes", "yes", "sometimes", "yes", "what the mailbox holds"}},
    FormatRow{.names = {.own = "maildir"},
              .title = "received mail (Maildir)",
              .read = not_from_text,
              .trait = Trait::mailbox,
              .knows = {"yes", "yes", "sometimes", "yes", "what the mailbox holds"},
              .fuzzer = "mail"},
    FormatRow{.names = {.own = "dmarc"},
              .title = "DMARC aggregate reports (XML)",
              .starts_like = [](std::string_view text,
                                Encoding) { return auth::looks_like_aggregate_report(trim(text)); },
              .read = read_dmarc,
              .trait = Trait::daily_counts,
              .knows = {"often", "yes", "no", "yes", "what you kept"}},
    FormatRow{.names = {.csv = "parsedmarc-csv",
                        .json = "parsedmarc-json",
                        .json_lines = "parsedmarc-jsonl"},
              .title = "DMARC aggregate reports as parsedmarc keeps them",
              .columns = {{{"xml_schema", "report_id", "source_ip_address"}},
                          {{"xml_schema", "report_metadata"}}},
              .table = parsedmarc_format,
              .trait = Trait::daily_counts,
              .knows = {"often", "yes", "no", "yes", "what you kept"}},
    FormatRow{.names = {.own = "postfix-syslog", .json_lines = "postfix-json"},
              .title = "Postfix log",
              .starts_like = starts_like_postfix,
              .read = read_postfix,
              .trait = Trait::one_server,
              .knows = {"yes", "yes", "no", "no", "what you kept"}},
    FormatRow{.names = {.own = "exim"},
              .title = "Exim log (mainlog)",
              .starts_like = starts_like_exim,
              .read = read_exim,
              .trait = Trait::one_server,
              .knows = {"yes", "yes", "no", "no", "what you kept"}},
    FormatRow{.names = {.own = "sendmail"},
              .title = "Sendmail log",
              .starts_like = starts_like_sendmail,
              .read = read_sendmail,
              .trait = Trait::one_server,
              .knows = {"yes", "yes", "no", "no", "what you kept"}},
    FormatRow{.names = {.own = "opensmtpd"},
              .title = "OpenSMTPD log",
              .starts_like = starts_like_opensmtpd,
              .read = read_opensmtpd,
              .trait = Trait::one_server,
              .knows = {"yes", "yes", "no", "no", "what you kept"}},
    FormatRow{.names = {.own = "iis-smtp"},
              .title = "log of Windows Server's SMTP service (IIS)",
              .starts_like = starts_like_iis,
              .read = read_iis,
              .trait = Trait::one_server,
              .knows = {"yes", "yes", "no", "no", "what you kept"}},
    FormatRow{.names = {.own = "exchange-protocol-log"},
              .title = "protocol log of Exchange Server (SmtpSend, SmtpReceive)",
              .starts_like = starts_like_protocol_log,
              .read = read_protocol_log,
              .trait = Trait::one_server,
              .knows = {"yes", "received mail's", "no", "no", "30 by default"}},
    FormatRow{.names = {.own = "ledger"},
              .title = "the gate's ledger (SQLite)",
              .starts_like = [](std::string_view text,
                                Encoding) { return text.starts_with(sqlite_magic); },
              .read = not_from_text,
              .trait = Trait::one_server,
              .knows = {"yes", "yes", "yes", "where it was asked for", "its retention"}},
    FormatRow{.names = {.own = "archive"},
              .title = "archive (.gz, .zip, .tar, …)",
              .starts_like = [](std::string_view text,
                                Encoding) { return packing_of(text) != Packing::none; },
              .read = not_from_text,
              .trait = Trait::container,
              .knows = {"as what is in it", "", "", "", ""}},
};

}  // namespace

bool has_columns(const std::vector<std::string_view>& header, const Columns& wanted) {
  const auto has = [&](std::string_view name) {
    return std::any_of(header.begin(), header.end(),
                       [&](std::string_view each) { return is_column(each, name); });
  };
  return std::all_of(wanted.with.begin(), wanted.with.end(), has) &&
         std::none_of(wanted.without.begin(), wanted.without.end(), has);
}

std::span<const FormatRow> registry() {
  return all_rows;
}

std::vector<Format> formats_like(std::string_view first_piece) {
  const std::string_view text = skip_preamble(first_piece);
  const std::string_view start = trim(text);
  const bool is_json = start.starts_with('[') || start.starts_with('{');
  const std::vector<std::string_view> header =
      is_json ? json_keys(start) : header_of(text, separator_of(text));
  const Encoding encoding = !is_json                                       ? Encoding::csv
                            : shape_of(start) == JsonObjects::Shape::lines ? Encoding::json_lines
                                                                           : Encoding::json;
  std::vector<Format> found;
  for (const FormatRow& row : all_rows) {
    if (row.starts_like != nullptr) {
      for (const Encoding each : {Encoding::own, Encoding::json_lines}) {
        const bool comes_so = !row.names.of(each).empty();
        if (comes_so && row.starts_like(text, each)) found.emplace_back(row, each);
      }
    }
    const bool told = std::any_of(row.columns.begin(), row.columns.end(),
                                  [&](const Columns& each) { return has_columns(header, each); });
    if (!told) continue;
    if (!row.names.of(encoding).empty()) {
      found.emplace_back(row, encoding);
    } else if (is_json && !row.names.json.empty()) {
      found.emplace_back(row, Encoding::json);
    }
  }
  return found;
}

bool Format::has(Trait trait) const noexcept {
  return row_ != nullptr && row_->trait == trait;
}

View Format::view() const noexcept {
  if (has(Trait::daily_counts)) return View::reports;
  if (has(Trait::one_server)) return View::servers;
  return has(Trait::mailbox) ? View::mailboxes : View::whole;
}

std::string_view name_of(Format format) noexcept {
  if (format.row() == nullptr) return "unknown";
  return format.row()->names.of(format.encoding());
}

std::string describe(Format format) {
  if (format.row() == nullptr) return "no known format";
  constexpr Names endings = {"", " (CSV)", " (JSON)", " (JSON lines)"};
  return fmt::format("{}{}", format.row()->title, endings.of(format.encoding()));
}

std::vector<Format> all_formats() {
  std::vector<Format> all;
  for (const FormatRow& row : all_rows) {
    for (const Encoding encoding : encodings) {
      if (!row.names.of(encoding).empty()) all.emplace_back(row, encoding);
    }
  }
  return all;
}

Result<Format> parse_format(std::string_view text) {
  std::string names;
  for (const Format format : all_formats()) {
    if (name_of(format) == text) return format;
    append_item(names, name_of(format));
  }
  return fail(fmt::format("'{}' is no evidence format", printable(text)), "--format",
              "use one of " + names);
}

std::string formats_table() {
  std::string out =
      "| kind | envelope sender | client address | connector | authentication | days back | "
      "`--format` |\n|---|---|---|---|---|---|---|\n";
  for (const FormatRow& row : all_rows) {
    std::string names;
    for (const Encoding encoding : encodings) {
      const std::string_view name = row.names.of(encoding);
      if (!name.empty()) append_item(names, fmt::format("`{}`", name));
    }
    out += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", row.title,
                       row.knows.envelope_sender, row.knows.client_address, row.knows.connector,
                       row.knows.authentication, row.knows.days_back, names);
  }
  return out;
}

}  // namespace postern::evidence
