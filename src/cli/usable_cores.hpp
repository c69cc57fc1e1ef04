// How many threads are of use.
#pragma once

namespace postern::cli {

/// The processors that this process may run on (sched_getaffinity(2)), at least 1; what a machine
/// has, std::thread::hardware_concurrency(), may be more.
unsigned usable_cores() noexcept;

}  // namespace postern::cli
