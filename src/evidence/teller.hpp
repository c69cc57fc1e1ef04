// The one place where rows are counted: what a reader found goes to the sink and into the tally by
// the same step, so that rows = messages + not relevant + bad. Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "evidence/reader.hpp"
#include "evidence/view.hpp"

namespace postern::evidence {

class Teller {
 public:
  /// The tally names the format. `now` is Options::reference_time.
  Teller(Sink& sink, Tally& tally, std::optional<UnixTime> now = std::nullopt) noexcept
      : sink_(sink), tally_(tally), view_(tally.format.view()) {
    // A day of grace: clocks differ, and what names no zone may be ahead of UTC.
    if (now) latest_ = *now + 86400;
  }

  void message(Message& found) {
    found.view = view_;
    ++tally_.rows;
    ++tally_.messages;
    if (is_of_the_future(found)) ++tally_.of_the_future;
    sink_.message(found);
  }
  [[nodiscard]] bool is_of_the_future(const Message& m) const noexcept {
    return m.submission.time > latest_;
  }
  void not_relevant(NotRelevant why) {
    ++tally_.rows;
    ++tally_.not_relevant[static_cast<std::size_t>(why)];
    sink_.not_relevant(why);
  }
  /// A row that is no record of the file: it is told by the number that it has among the rows.
  void bad(std::uint64_t line, std::string_view column, std::string_view what) {
    bad_record(tally_.rows + 1, line, column, what);
  }
  /// `record` is the number of the file's record, which may hold several rows.
  void bad_record(std::uint64_t record, std::uint64_t line, std::string_view column,
                  std::string_view what) {
    bad_in(tally_.file, record, line, column, what);
  }
  /// The same in a file that belongs to the one that is read (a mail of a Maildir).
  void bad_in(std::string_view file, std::uint64_t record, std::uint64_t line,
              std::string_view column, std::string_view what) {
    ++tally_.rows;
    ++tally_.bad;
    sink_.bad({file, record, line, column, what});
  }
  /// One bad row that stands for a whole file.
  void bad_file(const Error& error) {
    const std::string where = error.where.empty() ? tally_.file : error.where.text();
    bad_in(where, 0, 0, {}, error.what);
  }

  [[nodiscard]] Sink& sink() noexcept { return sink_; }
  [[nodiscard]] Tally& tally() noexcept { return tally_; }

 private:
  Sink& sink_;
  Tally& tally_;
  View view_;
  UnixTime latest_ = std::numeric_limits<UnixTime>::max();
};

}  // namespace postern::evidence
