// How long a piece of work still takes, for people who wait for it.
#pragma once

#include <chrono>
#include <string>

namespace postern {

/// ", about 40 s left" or ", about 3 min left", from the part that is done (0 to 1) and the time
/// that it took. Empty while that tells too little: in the first two seconds, or below a hundredth.
std::string time_left(double part_done, std::chrono::duration<double> taken);

}  // namespace postern
