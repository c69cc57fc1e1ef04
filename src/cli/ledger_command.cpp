// postern ledger FILE: what the gate refused, would have refused, let through by an exception, or
// could not tell.
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "cli/command.hpp"
#include "cli/moment.hpp"
#include "gate/ledger.hpp"
#include "report/csv.hpp"
#include "report/text.hpp"

namespace postern::cli {
namespace {

using gate::LedgerRow;
using gate::Outcome;
using gate::Record;

struct LedgerArguments {
  std::string file;
  std::string since, until, client, summary;
  gate::LedgerFilter filter;
  bool follow = false;
  bool steps = false;
  std::size_t limit = 50;
  OutputOptions output;
};

// --- one row ---

std::string sender_text(const Record& r) {
  std::string out = r.null_sender ? "<>" : r.sender;
  if (r.header_known && !iequals(r.header_from, r.sender)) {
    out += fmt::format(" (From: {})", r.header_from.empty() ? "none" : r.header_from);
  }
  return out;
}

std::string why_text(const Record& r) {
  std::string out = r.reason;
  if (!r.exception.empty()) out += ", but " + r.exception;
  if (!r.missing.empty()) out += ", without: " + r.missing;
  if (!r.connector.empty()) out += fmt::format(" ({})", r.connector);
  return out;
}

nlohmann::ordered_json json_of(const LedgerRow& row) {
  const Record& r = row.record;
  nlohmann::ordered_json json;
  json["id"] = row.id;
  json["time"] = format_time(r.time);
  json["outcome"] = gate::name_of(r.outcome);
  json["mode"] = gate::name_of(r.mode);
  json["stage"] = gate::name_of(r.stage);
  json["door"] = r.door;
  json["transaction"] = r.transaction;
  json["client"] = r.client ? nlohmann::ordered_json(r.client->text()) : nullptr;
  json["helo"] = r.helo;
  json["tls"] = r.tls_known ? nlohmann::ordered_json(r.tls) : nullptr;
  json["tls_version"] = r.tls_version;
  json["certificate"] = r.certificate_known ? nlohmann::ordered_json(r.certificate_name) : nullptr;
  json["certificate_names"] = r.certificate_alternative_names;
  json["certificate_trusted"] = r.certificate_trusted;
  json["mail_from"] = r.sender;
  json["header_from"] = r.header_known ? nlohmann::ordered_json(r.header_from) : nullptr;
  json["message_id"] = r.header_known ? nlohmann::ordered_json(r.message_id) : nullptr;
  json["recipient"] = r.recipient;
  json["tenant"] = r.tenant;
  json["reason"] = r.reason;
  json["exception"] = r.exception;
  json["connector"] = r.connector;
  json["missing"] = r.missing;
  json["reply"] = r.reply;
  json["steps"] = nlohmann::ordered_json::array();
  for (const gate::RecordStep& step : r.steps) {
    nlohmann::ordered_json each;
    each["clause"] = step.clause;
    each["question"] = step.question;
    each["answer"] = step.answer;
    if (!step.connector.empty()) each["connector"] = step.connector;
    json["steps"].push_back(std::move(each));
  }
  return json;
}

std::string json_line(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

const std::vector<std::string>& csv_head() {
  static const std::vector<std::string> head = {
      "time",      "outcome",     "mode",      "stage",       "door",      "client", "helo",
      "tls",       "certificate", "mail_from", "header_from", "recipient", "tenant", "reason",
      "exception", "connector",   "missing",   "reply",       "message_id"};
  return head;
}

std::string csv_of(const LedgerRow& row) {
  const Record& r = row.record;
  return report::csv_line({format_time(r.time), std::string(gate::name_of(r.outcome)),
                           std::string(gate::name_of(r.mode)), std::string(gate::name_of(r.stage)),
                           r.door, r.client ? r.client->text() : "", r.helo,
                           r.tls_known ? (r.tls ? "true" : "false") : "", r.certificate_name,
                           r.sender, r.header_from, r.recipient, r.tenant, r.reason, r.exception,
                           r.connector, r.missing, r.reply, r.message_id});
}

// A row as it is followed: one line, as it comes.
std::string text_line(const LedgerRow& row) {
  const Record& r = row.record;
  return fmt::format("{}  {:<12}  {}  {} -> {}  {}\n", format_time(r.time),
                     gate::name_of(r.outcome), r.client ? r.client->text() : "unknown",
                     printable(sender_text(r)), printable(r.recipient), printable(why_text(r)));
}

std::string steps_text(const Record& r) {
  std::string out;
  for (const gate::RecordStep& step : r.steps) {
    out +=
        fmt::format("    {:<8} {}{}\n", step.answer, printable(step.question),
                    step.connector.empty() ? "" : fmt::format(" ({})", printable(step.connector)));
  }
  if (!r.reply.empty()) out += fmt::format("    reply    {}\n", printable(r.reply));
  return out;
}

// --- writing ---

// A document that may be long: straight to standard output, or whole into its file.
class Writer {
 public:
  explicit Writer(const OutputOptions& output) : output_(output) {}
  Result<void> add(std::string_view text) {
    pending_ += text;
    if (!output_.file.empty() || pending_.size() < 65536) return {};
    return flush();
  }
  Result<void> flush() {
    if (pending_.empty() && output_.file.empty()) return {};
    const std::string now = std::exchange(pending_, {});
    return write_document(output_, now);
  }

 private:
  const OutputOptions& output_;
  std::string pending_;
};

Result<void> list_as_text(gate::LedgerFile& file, const LedgerArguments& a,
                          const report::Style& style) {
  // The newest ones, oldest first.
  std::vector<LedgerRow> newest;
  std::size_t all = 0;
  auto done = file.read(a.filter, 0, [&](const LedgerRow& row) {
    if (a.limit == 0 || newest.size() < a.limit) {
      newest.push_back(row);
    } else {
      newest[all % a.limit] = row;
    }
    ++all;
    return true;
  });
  if (!done) return done;
  if (a.limit != 0 && all > a.limit) {
    std::rotate(newest.begin(), newest.begin() + static_cast<long>(all % a.limit), newest.end());
  }
  std::string out;
  if (a.steps) {
    for (const LedgerRow& row : newest)
      out += text_line(row) + steps_text(row.record);
  } else if (!newest.empty()) {
    report::Table table({{"Time"},
                         {"Outcome"},
                         {"Client"},
                         {"From", report::Align::left, 16, true},
                         {"To", report::Align::left, 12, true},
                         {"Why", report::Align::left, 20, true}});
    for (const LedgerRow& row : newest) {
      const Record& r = row.record;
      const report::Colour colour = r.outcome == Outcome::refused        ? report::Colour::red
                                    : r.outcome == Outcome::would_refuse ? report::Colour::yellow
                                                                         : report::Colour::none;
      table.add({format_time(r.time), std::string(gate::name_of(r.outcome)),
                 r.client ? r.client->text() : "unknown", sender_text(r), r.recipient, why_text(r)},
                colour);
    }
    out += table.text(style);
  }
  out += newest.size() == all ? fmt::format("{}\n", report::counted(all, "submission"))
                              : fmt::format("the newest {} of {}; --limit 0 shows all\n",
                                            newest.size(), report::counted(all, "submission"));
  return write_document(a.output, out);
}

Result<void> list_as_rows(gate::LedgerFile& file, const LedgerArguments& a) {
  Writer writer(a.output);
  const bool csv = a.output.format == "csv";
  Result<void> written = csv ? writer.add(report::csv_line(csv_head())) : Result<void>{};
  auto done = file.read(a.filter, 0, [&](const LedgerRow& row) {
    written = writer.add(csv ? csv_of(row) : json_line(json_of(row)));
    return written.has_value();
  });
  if (!done) return done;
  if (!written) return written;
  return writer.flush();
}

// --- summary ---

struct Group {
  std::array<std::uint64_t, 4> outcomes{};
  UnixTime first = 0;
  UnixTime last = 0;
  std::set<std::string> others;  // of the other side: clients of a sender, senders of a client
  std::string reason;
  [[nodiscard]] std::uint64_t total() const {
    return outcomes[0] + outcomes[1] + outcomes[2] + outcomes[3];
  }
};

constexpr std::size_t most_others = 1000;

Result<void> summarise(gate::LedgerFile& file, const LedgerArguments& a,
                       const report::Style& style) {
  const bool by_client = a.summary == "client";
  std::map<std::string, Group> groups;
  auto done = file.read(a.filter, 0, [&](const LedgerRow& row) {
    const Record& r = row.record;
    const std::string client = r.client ? r.client->text() : "unknown";
    const std::string sender = r.null_sender ? "<>" : to_lower(r.sender);
    const std::string& key = by_client               ? client
                             : a.summary == "reason" ? r.reason
                             : a.summary == "sender" ? sender
                                                     : r.recipient;
    Group& group = groups[key];
    if (group.total() == 0 || r.time < group.first) group.first = r.time;
    group.last = std::max(group.last, r.time);
    ++group.outcomes[static_cast<std::size_t>(r.outcome)];
    if (group.others.size() < most_others) group.others.insert(by_client ? sender : client);
    group.reason = r.reason;
    return true;
  });
  if (!done) return done;
  std::vector<std::pair<std::string, const Group*>> sorted;
  sorted.reserve(groups.size());
  for (const auto& [key, group] : groups)
    sorted.emplace_back(key, &group);
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& left, const auto& right) {
    return left.second->total() > right.second->total();
  });

  const std::string other = by_client ? "senders" : "clients";
  const auto some = [](const Group& group) {
    std::string out;
    std::size_t shown = 0;
    for (const std::string& each : group.others) {
      if (shown++ == 3) break;
      out += (out.empty() ? "" : ", ") + each;
    }
    if (group.others.size() > 3) out += fmt::format(" and {} more", group.others.size() - 3);
    return out;
  };
  if (a.output.format == "text") {
    report::Table table({{a.summary},
                         {"refused", report::Align::right},
                         {"would be", report::Align::right},
                         {"excepted", report::Align::right},
                         {"unclear", report::Align::right},
                         {"first"},
                         {"last"},
                         {other, report::Align::left, 12}});
    for (const auto& [key, group] : sorted) {
      table.add({key, report::grouped(group->outcomes[0]), report::grouped(group->outcomes[1]),
                 report::grouped(group->outcomes[2]), report::grouped(group->outcomes[3]),
                 format_date(group->first), format_date(group->last), some(*group)});
    }
    return write_document(a.output, table.text(style));
  }
  std::string out;
  if (a.output.format == "csv") {
    out = report::csv_line({a.summary, "refused", "would_refuse", "exception", "undetermined",
                            "first", "last", other});
  }
  for (const auto& [key, group] : sorted) {
    if (a.output.format == "csv") {
      out += report::csv_line(
          {key, std::to_string(group->outcomes[0]), std::to_string(group->outcomes[1]),
           std::to_string(group->outcomes[2]), std::to_string(group->outcomes[3]),
           format_time(group->first), format_time(group->last), some(*group)});
      continue;
    }
    nlohmann::ordered_json json;
    json[a.summary] = key;
    for (const Outcome outcome :
         {Outcome::refused, Outcome::would_refuse, Outcome::exception, Outcome::undetermined}) {
      json[std::string(gate::name_of(outcome))] =
          group->outcomes[static_cast<std::size_t>(outcome)];
    }
    json["first"] = format_time(group->first);
    json["last"] = format_time(group->last);
    json[other] = group->others;
    out += json_line(json);
  }
  return write_document(a.output, out);
}

// --- following ---

// Until the reader has seen enough or a signal ends the program.
Result<void> follow(gate::LedgerFile& file, const LedgerArguments& a) {
  std::int64_t last = 0;
  // What is there already: the newest few.
  std::vector<LedgerRow> before;
  auto done = file.read(a.filter, 0, [&](const LedgerRow& row) {
    before.push_back(row);
    if (before.size() > 10) before.erase(before.begin());
    return true;
  });
  const auto show = [&](const LedgerRow& row) {
    last = row.id;
    const std::string text = a.output.format == "json"  ? json_line(json_of(row))
                             : a.output.format == "csv" ? csv_of(row)
                             : a.steps                  ? text_line(row) + steps_text(row.record)
                                                        : text_line(row);
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
           std::fflush(stdout) == 0;
  };
  bool wanted = true;
  for (const LedgerRow& row : before)
    wanted = wanted && show(row);
  while (done && wanted) {
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    done = file.read(a.filter, last, [&](const LedgerRow& row) { return wanted = show(row); });
  }
  return done;
}

Result<void> prepare(LedgerArguments& a, const Environment& environment) {
  if (!a.since.empty()) {
    const auto time = parse_moment(a.since, "--since", environment.now, false);
    if (!time) return tl::unexpected(time.error());
    a.filter.since = *time;
  }
  if (!a.until.empty()) {
    const auto time = parse_moment(a.until, "--until", environment.now, true);
    if (!time) return tl::unexpected(time.error());
    a.filter.until = *time;
  }
  if (!a.client.empty()) {
    const auto prefix = Prefix::parse(a.client);
    if (!prefix) return fail(prefix.error().what, "--client", "write 192.0.2.1 or 192.0.2.0/24");
    a.filter.client = *prefix;
  }
  if (a.follow && (!a.output.file.empty() || !a.summary.empty())) {
    return fail("goes neither with --out nor with --summary", "--follow");
  }
  return {};
}

int run(LedgerArguments& a, const Environment& environment) {
  if (auto done = prepare(a, environment); !done) return report_error(done.error());
  auto file = gate::LedgerFile::open(a.file);
  if (!file) return report_error(file.error());
  const report::Style style{a.output.colour(environment), environment.columns};
  const Result<void> done = a.follow                    ? follow(**file, a)
                            : !a.summary.empty()        ? summarise(**file, a, style)
                            : a.output.format == "text" ? list_as_text(**file, a, style)
                                                        : list_as_rows(**file, a);
  return done ? holds : report_error(done.error());
}

}  // namespace

void add_ledger_command(CLI::App& app, const Environment& environment, int& exit_code) {
  auto a = std::make_shared<LedgerArguments>();
  CLI::App* command = app.add_subcommand(
      "ledger", "What the gate refused, would have refused, or let through by an exception.");
  command->add_option("FILE", a->file, "The ledger, as gate.toml names it")->required();
  command->add_option("--since", a->since, "From that day or time on (2026-10-01, or 30d)")
      ->type_name("TIME");
  command->add_option("--until", a->until, "Up to the end of that day, or that time")
      ->type_name("TIME");
  command->add_option("--client", a->client, "Only clients in this address block")
      ->type_name("ADDRESS");
  command
      ->add_option("--sender", a->filter.sender,
                   "Only this envelope sender or header From: an address, or @domain")
      ->type_name("ADDRESS");
  command->add_option("--recipient", a->filter.recipient, "Only this recipient, likewise")
      ->type_name("ADDRESS");
  command->add_option("--reason", a->filter.reason, "Only this reason (direct_send_rejected, …)");
  command->add_option("--outcome", a->filter.outcome, "Only this outcome")
      ->check(CLI::IsMember({"refused", "would_refuse", "exception", "undetermined"}));
  command->add_option("--mode", a->filter.mode, "Only recipients in this mode")
      ->check(CLI::IsMember({"enforce", "observe", "tenant"}));
  command->add_option("--summary", a->summary, "Counts instead of rows")
      ->check(CLI::IsMember({"sender", "client", "recipient", "reason"}));
  command->add_flag("--steps", a->steps, "With each decision's steps, in text");
  command->add_flag("--follow", a->follow, "Show what comes, until interrupted");
  command->add_option("--limit", a->limit, "Newest rows shown in text; 0: all")
      ->capture_default_str();
  add_output_options(*command, a->output, {"text", "json", "csv"});
  command->footer(
      "JSON is one object a line. Exit status: 0 the ledger was read; 2 wrong usage or bad input.");
  command->callback([a, &environment, &exit_code] { exit_code = run(*a, environment); });
}

}  // namespace postern::cli
