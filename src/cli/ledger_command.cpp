// postern ledger FILE: what the gate refused, would have refused, let through by an exception, or
// could not tell.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "cli/command.hpp"
#include "cli/moment.hpp"
#include "ledger/reader.hpp"
#include "ledger/summary.hpp"
#include "report/ledger_report.hpp"
#include "report/text.hpp"

namespace postern::cli {
namespace {

using ledger::Row;

struct LedgerArguments {
  std::string file;
  std::string since, until, client, summary;
  ledger::Filter filter;
  bool follow = false;
  bool steps = false;
  std::size_t limit = 50;
  OutputOptions output;
};

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

// Rows that can't be understood are left out and counted: what is not known is said.
struct Unread {
  std::size_t rows = 0;
  std::int64_t first = 0;
  std::string_view column;

  bool takes(const Row& row) {
    if (row.fault.empty()) return false;
    if (rows++ == 0) {
      first = row.id;
      column = row.fault;
    }
    return true;
  }
};

Result<void> list_newest(ledger::Reader& file, const LedgerArguments& a,
                         const Environment& environment, Unread& unread) {
  std::vector<Row> newest;
  std::size_t all = 0;
  auto done = file.read(a.filter, 0, [&](const Row& row) {
    if (unread.takes(row)) return true;
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
  return write_rendered(a.output, environment, report::LedgerTable{newest, all, a.steps});
}

Result<void> list_as_rows(ledger::Reader& file, const LedgerArguments& a, Unread& unread) {
  Writer writer(a.output);
  const auto head = report::renderer_of<report::LedgerHead>(a.output.format);
  const auto line = report::renderer_of<report::LedgerLine>(a.output.format);
  Result<void> written = head != nullptr ? writer.add(head({}, {})) : Result<void>{};
  auto done = file.read(a.filter, 0, [&](const Row& row) {
    if (unread.takes(row)) return true;
    written = writer.add(line({row, a.steps}, {}));
    return written.has_value();
  });
  if (!done) return done;
  if (!written) return written;
  return writer.flush();
}

Result<void> summarise(ledger::Reader& file, const LedgerArguments& a,
                       const Environment& environment, Unread& unread) {
  ledger::Summary summary(ledger::grouped_by(a.summary).value_or(ledger::GroupedBy::reason));
  auto done = file.read(a.filter, 0, [&](const Row& row) {
    if (!unread.takes(row)) summary.add(row.record);
    return true;
  });
  if (!done) return done;
  return write_rendered(a.output, environment, summary);
}

// Until the reader has seen enough or a signal ends the program.
Result<void> follow(ledger::Reader& file, const LedgerArguments& a, Unread& unread) {
  std::int64_t last = 0;
  // What is there already: the newest few.
  std::vector<Row> before;
  auto done = file.read(a.filter, 0, [&](const Row& row) {
    before.push_back(row);
    if (before.size() > 10) before.erase(before.begin());
    return true;
  });
  const auto line = report::renderer_of<report::LedgerLine>(a.output.format);
  const auto show = [&](const Row& row) {
    last = row.id;
    if (unread.takes(row)) return true;
    const std::string text = line({row, a.steps}, {});
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
           std::fflush(stdout) == 0;
  };
  bool wanted = true;
  for (const Row& row : before)
    wanted = wanted && show(row);
  while (done && wanted) {
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    done = file.read(a.filter, last, [&](const Row& row) { return wanted = show(row); });
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
  auto file = ledger::Reader::open(a.file);
  if (!file) return report_error(file.error());
  const bool as_table = report::renderer_of<report::LedgerTable>(a.output.format) != nullptr;
  Unread unread;
  const Result<void> done = a.follow             ? follow(**file, a, unread)
                            : !a.summary.empty() ? summarise(**file, a, environment, unread)
                            : as_table           ? list_newest(**file, a, environment, unread)
                                                 : list_as_rows(**file, a, unread);
  if (!done) return report_error(done.error());
  if (unread.rows == 0) return holds;
  report_error({fmt::format("{} can't be understood and {} left out; the first is row {}, for its "
                            "column {}",
                            report::counted(unread.rows, "row"), unread.rows == 1 ? "is" : "are",
                            unread.first, unread.column),
                a.file, "another program wrote it, or the file is damaged"});
  return not_determined;
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
  add_output_options<report::LedgerLine>(*command, a->output);
  command->footer(
      "JSON is one object a line. Exit status: 0 the ledger was read; 2 wrong usage or bad input; "
      "3 some rows can't be understood, and were left out.");
  command->callback([a, &environment, &exit_code] { exit_code = run(*a, environment); });
}

}  // namespace postern::cli
