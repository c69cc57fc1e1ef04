#include "report/ledger_report.hpp"

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "base/time.hpp"
#include "report/csv.hpp"
#include "report/json_parts.hpp"
#include "report/text.hpp"

namespace postern::report {
namespace {

using ledger::Outcome;
using ledger::Record;
using ledger::Row;
using ledger::Summary;

constexpr std::array outcomes = {Outcome::refused, Outcome::would_refuse, Outcome::exception,
                                 Outcome::undetermined};

std::string client_text(const Record& r, std::string_view unknown) {
  return r.client ? r.client->text() : std::string(unknown);
}

std::string sender_text(const Record& r) {
  std::string out = r.null_sender ? "<>" : r.sender;
  if (const std::string_view domain = read_as(r); !domain.empty()) {
    out += fmt::format(" (read as {})", domain);
  }
  if (r.header_known && !iequals(r.header_from, r.sender)) {
    out += fmt::format(" (From: {})", r.header_from.empty() ? "none" : r.header_from);
  }
  return out;
}

std::string why_text(const Record& r) {
  std::string out = r.reason;
  if (!r.exception.empty()) out += ", but " + r.exception;
  if (r.missing.any()) out += ", without: " + text_of(r.missing);
  if (!r.connector.empty()) out += fmt::format(" ({})", r.connector);
  return out;
}

std::string steps_text(const Record& r) {
  std::string out;
  for (const ledger::RecordStep& step : r.steps) {
    out +=
        fmt::format("    {:<8} {}{}\n", printable(step.answer), printable(step.question),
                    step.connector.empty() ? "" : fmt::format(" ({})", printable(step.connector)));
  }
  if (!r.reply.empty()) out += fmt::format("    reply    {}\n", printable(r.reply));
  return out;
}

Json known(bool is_known, Json value) {
  return is_known ? std::move(value) : Json(nullptr);
}

Json json_of(const ledger::RecordStep& step) {
  Json json;
  json["clause"] = step.clause;
  json["question"] = step.question;
  json["answer"] = step.answer;
  if (!step.connector.empty()) json["connector"] = step.connector;
  return json;
}

std::string json_line(const Json& json) {
  return line_text(json) + '\n';
}

// What the other side of a group is called.
std::string_view others_title(const Summary& summary) noexcept {
  return summary.by() == ledger::GroupedBy::client ? "senders" : "clients";
}

std::string some_others(const Summary::Group& group) {
  std::string out;
  std::size_t shown = 0;
  for (const std::string& each : group.others) {
    if (shown++ == 3) break;
    append_item(out, each);
  }
  if (group.others.size() > 3) out += fmt::format(" and {} more", group.others.size() - 3);
  return out;
}

std::string table_text(std::span<const Row> rows, const Style& style) {
  if (rows.empty()) return {};
  Table table({{"Time"},
               {"Outcome"},
               {"Client"},
               {"From", Align::left, 16, true},
               {"To", Align::left, 12, true},
               {"Why", Align::left, 20, true}});
  for (const Row& row : rows) {
    const Record& r = row.record;
    const Colour colour = r.outcome == Outcome::refused        ? Colour::red
                          : r.outcome == Outcome::would_refuse ? Colour::yellow
                                                               : Colour::none;
    table.add({format_time(r.time), std::string(name_of(r.outcome)), client_text(r, "unknown"),
               sender_text(r), r.recipient, why_text(r)},
              colour);
  }
  return table.text(style);
}

}  // namespace

std::string ledger_line_json(const LedgerLine& line, const Style& /*style*/) {
  const Record& r = line.row.record;
  Json json;
  json["id"] = line.row.id;
  json["time"] = format_time(r.time);
  json["outcome"] = name_of(r.outcome);
  json["mode"] = name_of(r.mode);
  json["stage"] = name_of(r.stage);
  json["door"] = r.door;
  json["transaction"] = r.transaction;
  json["client"] = known(r.client.has_value(), client_text(r, ""));
  json["helo"] = r.helo;
  json["tls"] = known(r.tls_known, r.tls);
  json["tls_version"] = r.tls_version;
  json["certificate"] = known(r.certificate_known, r.certificate_name);
  json["certificate_names"] = r.certificate_alternative_names;
  json["certificate_trusted"] = r.certificate_trusted;
  json["mail_from"] = r.sender;
  json["judged_as"] = r.judged_as;
  json["header_from"] = known(r.header_known, r.header_from);
  json["message_id"] = known(r.header_known, r.message_id);
  json["recipient"] = r.recipient;
  json["tenant"] = r.tenant;
  json["reason"] = r.reason;
  json["exception"] = r.exception;
  json["connector"] = r.connector;
  json["missing"] = text_of(r.missing);
  json["reply"] = r.reply;
  json["steps"] = Json::array();
  for (const ledger::RecordStep& step : r.steps)
    json["steps"].push_back(json_of(step));
  return json_line(json);
}

std::string ledger_head_csv(const LedgerHead& /*head*/, const Style& style) {
  return csv_line(
      {"time",      "outcome",     "mode",      "stage",       "door",       "client",   "helo",
       "tls",       "certificate", "mail_from", "header_from", "recipient",  "tenant",   "reason",
       "exception", "connector",   "missing",   "reply",       "message_id", "judged_as"},
      style);
}

std::string ledger_line_csv(const LedgerLine& line, const Style& style) {
  const Record& r = line.row.record;
  return csv_line({format_time(r.time),
                   std::string(name_of(r.outcome)),
                   std::string(name_of(r.mode)),
                   std::string(name_of(r.stage)),
                   r.door,
                   client_text(r, ""),
                   r.helo,
                   r.tls_known ? (r.tls ? "true" : "false") : "",
                   r.certificate_name,
                   r.sender,
                   r.header_from,
                   r.recipient,
                   r.tenant,
                   r.reason,
                   r.exception,
                   r.connector,
                   text_of(r.missing),
                   r.reply,
                   r.message_id,
                   r.judged_as},
                  style);
}

std::string ledger_line_text(const LedgerLine& line, const Style& /*style*/) {
  const Record& r = line.row.record;
  std::string out =
      fmt::format("{}  {:<12}  {}  {} -> {}  {}\n", format_time(r.time), name_of(r.outcome),
                  client_text(r, "unknown"), printable(sender_text(r)), printable(r.recipient),
                  printable(why_text(r)));
  if (line.steps) out += steps_text(r);
  return out;
}

std::string ledger_table_text(const LedgerTable& table, const Style& style) {
  std::string out;
  if (table.steps) {
    for (const Row& row : table.newest)
      out += ledger_line_text({row, true}, style);
  } else {
    out += table_text(table.newest, style);
  }
  const std::string all = counted(table.all, "submission");
  return out + (table.newest.size() == table.all
                    ? fmt::format("{}\n", all)
                    : fmt::format("the newest {} of {}; --limit 0 shows all\n", table.newest.size(),
                                  all));
}

std::string ledger_summary_text(const Summary& summary, const Style& style) {
  Table table({{std::string(name_of(summary.by()))},
               {"refused", Align::right},
               {"would be", Align::right},
               {"excepted", Align::right},
               {"unclear", Align::right},
               {"first"},
               {"last"},
               {std::string(others_title(summary)), Align::left, 12}});
  for (const auto& [key, group] : summary.groups()) {
    table.add({std::string(key), grouped(group->count(Outcome::refused)),
               grouped(group->count(Outcome::would_refuse)),
               grouped(group->count(Outcome::exception)),
               grouped(group->count(Outcome::undetermined)), format_date(group->first),
               format_date(group->last), some_others(*group)});
  }
  return table.text(style);
}

std::string ledger_summary_json(const Summary& summary, const Style& /*style*/) {
  std::string out;
  for (const auto& [key, group] : summary.groups()) {
    Json json;
    json[std::string(name_of(summary.by()))] = key;
    for (const Outcome outcome : outcomes)
      json[std::string(name_of(outcome))] = group->count(outcome);
    json["first"] = format_time(group->first);
    json["last"] = format_time(group->last);
    json[std::string(others_title(summary))] = group->others;
    out += json_line(json);
  }
  return out;
}

std::string ledger_summary_csv(const Summary& summary, const Style& style) {
  std::string out =
      csv_line({std::string(name_of(summary.by())), "refused", "would_refuse", "exception",
                "undetermined", "first", "last", std::string(others_title(summary))},
               style);
  for (const auto& [key, group] : summary.groups()) {
    std::vector<std::string> cells = {std::string(key)};
    for (const Outcome outcome : outcomes)
      cells.push_back(std::to_string(group->count(outcome)));
    cells.push_back(format_time(group->first));
    cells.push_back(format_time(group->last));
    cells.push_back(some_others(*group));
    out += csv_line(cells, style);
  }
  return out;
}

}  // namespace postern::report
