// Waiting for files to change, for --watch.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace postern::cli {

/// Calls `changed` whenever something below the paths has changed and then stayed the same for one
/// interval, so that a file that is being copied is not read half. Returns when SIGINT or SIGTERM
/// came, or when `changed` returns false.
void watch(const std::vector<std::string>& paths, unsigned seconds,
           const std::function<bool()>& changed);

}  // namespace postern::cli
