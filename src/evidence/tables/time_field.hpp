// The times of one file. ISO 8601 costs arithmetic alone; whatever else people's programs write is
// read by base/written_time.hpp, and where day and month can't be told apart (01/10/2026) the file
// as a whole must tell: one date with a field above 12, or the user. Internal to the room.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "base/written_time.hpp"

namespace postern::evidence {

class TimeField {
 public:
  /// The order that the user says; unknown leaves it to the file.
  void expect(DateOrder order) noexcept { order_ = order; }
  /// Seconds east of Greenwich of the times that name no zone themselves.
  void set_zone(std::int64_t east) noexcept { east_ = east; }
  [[nodiscard]] std::int64_t zone() const noexcept { return east_; }

  /// nullopt where it is no time of this file; fault() says why. Where day and month can't be told
  /// apart yet, the month is taken to be first and day_first() holds the other reading.
  std::optional<UnixTime> read(std::string_view text) {
    day_first_.reset();
    // "2026-10-01T08:15:30", with a fraction and a Z or nothing after it.
    const bool usual = text.size() >= 19 && (text.back() == 'Z' || text.size() == 19) &&
                       text[4] == '-' && text[13] == ':' && text[16] == ':' && digits(text, 11) &&
                       digits(text, 14) && digits(text, 17);
    if (!usual) return written(text);
    const std::string_view day = text.substr(0, 11);
    Day& known = days_[static_cast<unsigned>(text[8] * 10 + text[9]) % days_.size()];
    if (std::string_view(known.text.data(), known.text.size()) != day) {
      const auto midnight = parse_time(text.substr(0, 10));
      if (!midnight) return fault_is("is no time");
      known.midnight = *midnight;
      day.copy(known.text.data(), known.text.size());
    }
    const int hour = two(text, 11);
    const int minute = two(text, 14);
    const int second = two(text, 17);
    if (hour > 23 || minute > 59 || second > 60) return fault_is("is no time");
    const UnixTime time =
        known.midnight + std::int64_t{hour} * 3600 + std::int64_t{minute} * 60 + second;
    return text.back() == 'Z' ? time : time - east_;
  }

  /// The other reading of what was read last, while the order is not known.
  [[nodiscard]] std::optional<UnixTime> day_first() const noexcept { return day_first_; }
  [[nodiscard]] DateOrder order() const noexcept { return order_; }
  [[nodiscard]] std::string_view fault() const noexcept { return fault_; }
  /// Whether a date was read whose reading hangs on what the rest of the file says, or that says
  /// something of the rest's; the user's word and what the file said before count as said.
  [[nodiscard]] bool hung_on_the_file() const noexcept { return hung_on_the_file_; }
  /// From here on, hung_on_the_file() tells of a piece.
  void begin_piece() noexcept {
    hung_on_the_file_ = false;
    day_first_.reset();
  }
  /// The first text whose order was open.
  [[nodiscard]] std::string_view open_text() const noexcept { return open_text_; }

 private:
  static int two(std::string_view t, std::size_t i) noexcept {
    return (t[i] - '0') * 10 + (t[i + 1] - '0');
  }
  static bool digits(std::string_view t, std::size_t i) noexcept {
    return t[i] >= '0' && t[i] <= '9' && t[i + 1] >= '0' && t[i + 1] <= '9';
  }
  std::optional<UnixTime> fault_is(std::string_view why) noexcept {
    fault_ = why;
    return std::nullopt;
  }
  std::optional<UnixTime> written(std::string_view text);

  struct Day {
    std::array<char, 11> text{};
    UnixTime midnight = 0;
  };
  std::array<Day, 32> days_{};  // that came lately, by the day of the month
  std::int64_t east_ = 0;
  DateOrder order_ = DateOrder::unknown;
  std::optional<UnixTime> day_first_;
  bool hung_on_the_file_ = false;
  std::string_view fault_;
  std::string open_text_;
};

/// What a header says of the zone of its times: "TimeGenerated [UTC]", "Email date (UTC)",
/// "Received [UTC+02:00]".
struct HeaderZone {
  std::string_view name;             ///< empty where the header names none
  std::optional<std::int64_t> east;  ///< nullopt where the name is not known here
};
HeaderZone zone_of_header(std::string_view header);
/// Times that name no zone are in the one that their header names. False where it names none; what
/// is to be said of one that is not known is added to `remarks`, once.
bool mind_zone(std::string_view header, TimeField& times, std::vector<std::string>& remarks);

}  // namespace postern::evidence
