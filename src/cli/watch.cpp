#include "cli/watch.hpp"

#include <csignal>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <map>
#include <utility>

namespace postern::cli {
namespace {

namespace fs = std::filesystem;

volatile std::sig_atomic_t asked_to_stop = 0;

void stop(int /*signal*/) {
  asked_to_stop = 1;
}

using State = std::map<std::string, std::pair<std::uintmax_t, fs::file_time_type>>;

void look_at(const fs::directory_entry& entry, State& state) {
  std::error_code unknown;
  if (!entry.is_regular_file(unknown)) return;
  state[entry.path().string()] = {entry.file_size(unknown), entry.last_write_time(unknown)};
}

State look(const std::vector<std::string>& paths) {
  State state;
  for (const std::string& path : paths) {
    std::error_code unknown;
    const fs::directory_entry entry(path, unknown);
    if (!entry.is_directory(unknown)) {
      look_at(entry, state);
      continue;
    }
    const auto options = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator it(path, options, unknown), end; !unknown && it != end;
         it.increment(unknown)) {
      look_at(*it, state);
    }
  }
  return state;
}

// Returns early when a signal came.
void rest(unsigned seconds) {
  timespec left{static_cast<time_t>(seconds), 0};
  while (asked_to_stop == 0 && ::nanosleep(&left, &left) != 0) {
  }
}

}  // namespace

void watch(const std::vector<std::string>& paths, unsigned seconds,
           const std::function<bool()>& changed) {
  struct sigaction action {};
  action.sa_handler = stop;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  State known = look(paths);
  State before = known;
  while (asked_to_stop == 0) {
    rest(seconds);
    if (asked_to_stop != 0) return;
    State now = look(paths);
    const bool settled = now == before;
    before = now;
    if (!settled || now == known) continue;
    known = std::move(now);
    if (!changed()) return;
  }
}

}  // namespace postern::cli
