// postern ledger FILE (or nats://…): what the gate refused, would have refused, let through by an
// exception, or could not tell.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/numbers.hpp"
#include "base/period.hpp"
#include "cli/cluster_source.hpp"
#include "cli/command.hpp"
#include "cli/ledger_options.hpp"
#include "cli/moment.hpp"
#include "cli/watch.hpp"
#include "ledger/outbox.hpp"
#include "ledger/rows.hpp"
#include "ledger/summary.hpp"
#include "report/ledger_report.hpp"
#include "report/text.hpp"

namespace postern::cli {
namespace {

using ledger::Row;

// A document that may be long: straight to standard output, or whole into its file.
class Writer {
 public:
  explicit Writer(OutputOptions output) : output_(std::move(output)) {}
  Result<void> add(std::string_view text) {
    pending_ += text;
    if (!output_.to_standard_output() || pending_.size() < 65536) return {};
    return flush();
  }
  Result<void> flush() {
    if (pending_.empty() && output_.to_standard_output()) return {};
    const std::string now = std::exchange(pending_, {});
    auto written = write_document(output_, now);
    output_.excel.clear();  // its mark stands at the beginning alone
    return written;
  }

 private:
  OutputOptions output_;
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

Result<void> list_newest(ledger::Rows& file, const LedgerArguments& a,
                         const Environment& environment, Unread& unread) {
  std::vector<Row> newest;
  std::size_t all = 0;
  auto done = file.read(a.filter, [&](const Row& row) {
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

Result<void> list_as_rows(ledger::Rows& file, const LedgerArguments& a,
                          const Environment& environment, Unread& unread) {
  Writer writer(a.output);
  const report::Style style = a.output.style(environment);
  const auto head = report::renderer_of<report::LedgerHead>(a.output.format);
  const auto line = report::renderer_of<report::LedgerLine>(a.output.format);
  Result<void> written = head != nullptr ? writer.add(head({}, style)) : Result<void>{};
  auto done = file.read(a.filter, [&](const Row& row) {
    if (unread.takes(row)) return true;
    written = writer.add(line({row, a.steps}, style));
    return written.has_value();
  });
  if (!done) return done;
  if (!written) return written;
  return writer.flush();
}

Result<void> summarise(ledger::Rows& file, const LedgerArguments& a, const Environment& environment,
                       Unread& unread) {
  ledger::Summary summary(ledger::grouped_by(a.summary).value_or(ledger::GroupedBy::reason));
  auto done = file.read(a.filter, [&](const Row& row) {
    if (!unread.takes(row)) summary.add(row.record);
    return true;
  });
  if (!done) return done;
  return write_rendered(a.output, environment, summary);
}

// Until the reader has seen enough or a signal ends the program.
Result<void> follow(ledger::Rows& file, const LedgerArguments& a, const Environment& environment,
                    Unread& unread) {
  const report::Style style = a.output.style(environment);
  // What is there already: the newest few.
  std::vector<Row> before;
  auto done = file.read(a.filter, [&](const Row& row) {
    before.push_back(row);
    if (before.size() > 10) before.erase(before.begin());
    return true;
  });
  const auto line = report::renderer_of<report::LedgerLine>(a.output.format);
  const auto show = [&](const Row& row) {
    if (unread.takes(row)) return true;
    const std::string text = shown(a.output, environment, line({row, a.steps}, style));
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
           std::fflush(stdout) == 0;
  };
  bool wanted = true;
  for (const Row& row : before)
    wanted = wanted && show(row);
  while (done && wanted && wait_for_reader(std::chrono::milliseconds(500))) {
    done = file.read(a.filter, [&](const Row& row) { return wanted = show(row); });
  }
  return done;
}

int resend(const LedgerArguments& a, const Environment& environment) {
  if (ledger::is_cluster_address(a.file)) {
    return report_error(
        {"only a gate's own ledger is sent again", a.file, "name the file, on the gate's machine"});
  }
  if (!a.cluster.empty()) {
    if (auto read = read_cluster(a.cluster); !read) return report_error(read.error());
  }
  const auto since = parse_moment(a.resend_since, "--resend-since", environment.now, false);
  if (!since) return report_error(since.error());
  const auto outbox = ledger::Outbox::open(a.file);
  if (!outbox) return report_error(outbox.error());
  const auto rows = (*outbox)->resend_since(*since);
  if (!rows) return report_error(rows.error());
  fmt::print("{} will be sent again, by the gate that has this ledger and a [cluster]\n",
             counted(*rows, "row"));
  return holds;
}

int run(const LedgerArguments& given, const Environment& environment) {
  LedgerArguments a = given;
  if (auto done = check_output(a.output, environment); !done) return report_error(done.error());
  if (auto done = read_filter(a, environment.now); !done) return report_error(done.error());
  if (!a.resend_since.empty()) return resend(a, environment);
  auto file = open_rows(a.file, a.cluster);
  if (!file) return report_error(file.error());
  const bool as_table = report::renderer_of<report::LedgerTable>(a.output.format) != nullptr;
  Unread unread;
  const Result<void> done = a.follow             ? follow(**file, a, environment, unread)
                            : !a.summary.empty() ? summarise(**file, a, environment, unread)
                            : as_table           ? list_newest(**file, a, environment, unread)
                                                 : list_as_rows(**file, a, environment, unread);
  if (!done) return report_error(done.error());
  // Rows have no place for it.
  if (const std::string period = words_of_period(a.filter.since, a.filter.until); !period.empty())
    fmt::print(stderr, "postern: asked for are submissions {}\n", period);
  const std::vector<Error> gaps = (*file)->gaps();
  for (const Error& gap : gaps)
    (void)report_error(gap);
  if (unread.rows == 0) return gaps.empty() ? holds : not_determined;
  report_error({fmt::format("{} can't be understood and {} left out; the first is row {}, for its "
                            "column {}",
                            counted(unread.rows, "row"), unread.rows == 1 ? "is" : "are",
                            unread.first, unread.column),
                a.file, "another program wrote it, or the file is damaged"});
  return not_determined;
}

}  // namespace

void add_ledger_command(CLI::App& app, const Environment& environment, int& exit_code) {
  add_command(app, "ledger",
              "What the gate refused, would have refused, or let through by an exception.",
              add_ledger_options, run, environment, exit_code);
}

}  // namespace postern::cli
