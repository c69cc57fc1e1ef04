// Waiting for files to change, for --watch.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace postern::cli {

/// Waits for the time, or less where a signal comes or whoever reads standard output (`head`) has
/// gone. False where it has gone, so that nobody is left to tell anything.
bool wait_for_reader(std::chrono::milliseconds time);

/// Calls `report` at once, and again whenever something below the paths has changed since it began,
/// and then stayed the same for one interval, so that a file that is being copied is not read half.
/// Returns when SIGINT or SIGTERM came (from the end of the first call on), when `report` returns
/// false, or when the reader of standard output has gone.
void watch(const std::vector<std::string>& paths, std::chrono::seconds interval,
           const std::function<bool()>& report);

}  // namespace postern::cli
