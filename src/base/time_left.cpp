#include "base/time_left.hpp"

#include <cmath>

#include <fmt/format.h>

namespace postern {

std::string time_left(double part_done, std::chrono::duration<double> taken) {
  constexpr double least_part = 0.01;
  constexpr std::chrono::duration<double> least_time{2};
  if (part_done < least_part || part_done > 1 || taken < least_time) return {};
  const double seconds = taken.count() * (1 - part_done) / part_done;
  if (seconds < 90) return fmt::format(", about {:.0f} s left", std::ceil(seconds));
  const double minutes = seconds / 60;
  if (minutes < 90) return fmt::format(", about {:.0f} min left", std::ceil(minutes));
  return fmt::format(", about {:.0f} h left", std::ceil(minutes / 60));
}

}  // namespace postern
