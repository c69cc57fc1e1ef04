#include "cli/watch.hpp"

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <map>
#include <poll.h>
#include <unistd.h>
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

}  // namespace

bool wait_for_reader(std::chrono::milliseconds time) {
  // A pipe whose reading end is closed says so without being written to.
  pollfd output{STDOUT_FILENO, 0, 0};
  const int told = ::poll(&output, 1, static_cast<int>(time.count()));
  return told <= 0 || (output.revents & (POLLERR | POLLHUP)) == 0;
}

void watch(const std::vector<std::string>& paths, std::chrono::seconds interval,
           const std::function<bool()>& report) {
  // What comes while the first report is made is not in it.
  State known = look(paths);
  State before = known;
  if (!report()) return;
  struct sigaction action {};
  action.sa_handler = stop;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  while (asked_to_stop == 0) {
    if (!wait_for_reader(interval) || asked_to_stop != 0) return;
    State now = look(paths);
    const bool settled = now == before;
    before = now;
    if (!settled || now == known) continue;
    known = std::move(now);
    if (!report()) return;
  }
}

}  // namespace postern::cli
