#include "base/period.hpp"

namespace postern {

std::string words_of_period(std::optional<UnixTime> since, std::optional<UnixTime> until) {
  if (since && until) return "from " + format_time(*since) + " to " + format_time(*until);
  if (since) return "from " + format_time(*since) + " on";
  return until ? "before " + format_time(*until) : std::string();
}

}  // namespace postern
