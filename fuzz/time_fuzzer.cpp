#include <string_view>

#include "base/time.hpp"
#include "fuzz.hpp"

void postern::fuzz::run(std::string_view input) {
  for (const auto& time : {parse_time(input), parse_mail_date(input)}) {
    // The calendar that format_time() writes with ends with the year 9999.
    if (time && *time >= 0 && *time < 253'402'300'800) {
      require(parse_time(format_time(*time)) == time, "a time reads back from its text");
    }
  }
}
