#include "evidence/tables/dmarc_reader.hpp"

#include <string>

#include <fmt/format.h>

#include "auth/aggregate_report.hpp"
#include "evidence/registry.hpp"
#include "evidence/source_reading.hpp"
#include "evidence/tables/dmarc_records.hpp"

namespace postern::evidence {
namespace {

using auth::AggregateMetadata;
using auth::AggregateRecord;

class ReportRows final : public auth::AggregateReportReader::Handler {
 public:
  explicit ReportRows(const Reading& reading) : tell_(reading.tell), nesting_(reading.nesting) {}

  void record(const AggregateMetadata& metadata, const AggregateRecord& record) override {
    Message m;
    const RowOutcome outcome = records_.convert(metadata, record, tell_.tally().rows + 1, m);
    if (outcome.kind == RowKind::message) {
      if (nesting_.reports_only && !DmarcRecords::is_of(metadata, nesting_.carrier, m)) {
        m.results.claims = Claims::carried;
      }
      return tell_.message(m);
    }
    tell_.bad(record.line, outcome.fault.column, outcome.fault.what);
  }
  void conclude() { records_.conclude(tell_.tally()); }

 private:
  Teller& tell_;
  const Nesting& nesting_;
  DmarcRecords records_;
};

}  // namespace

Result<void> read_dmarc(ByteSource& source, const Reading& reading) {
  ReportRows rows(reading);
  auth::AggregateReportReader reader(source.name(), rows);
  std::string block;
  for (;;) {  // to the end of the source: a second report may follow the first
    block.clear();
    const auto more = source.append_to(block);
    if (!more) return tl::unexpected(more.error());
    if (auto fed = reader.feed(block); !fed) return fed;
    if (!*more) break;
    if (reading.options.progress) reading.options.progress(source.bytes_read());
  }
  rows.conclude();
  if (reader.mended() > 0) {
    reading.tell.tally().remarks.push_back(
        fmt::format("{} pieces of text in it look like tags (the first on line {}): they "
                    "were taken as text",
                    reader.mended(), reader.first_mended_line()));
  }
  if (auto finished = reader.finish(); !finished) return finished;
  if (!reader.has_more()) return {};
  return fail("holds more behind the end of its report, which is not read", source.name(),
              "put each report into a file of its own");
}

}  // namespace postern::evidence
