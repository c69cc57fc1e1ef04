#include "cli/usable_cores.hpp"

#include <algorithm>
#include <sched.h>
#include <thread>

namespace postern::cli {

unsigned usable_cores() noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  // More than 1,024 processors don't fit into the set, and are an error.
  if (::sched_getaffinity(0, sizeof set, &set) != 0) {
    return std::max(std::thread::hardware_concurrency(), 1u);
  }
  return static_cast<unsigned>(std::max(CPU_COUNT(&set), 1));
}

}  // namespace postern::cli
