// postern: finds out who walks through the mail system's back door.
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "cli/command.hpp"
#include "cli/locale.hpp"
#include "cli/program.hpp"

namespace {

using postern::cli::Environment;

Environment read_environment() {
  Environment environment;
  environment.now = std::time(nullptr);
  // As many octets as this always come, once the system has any (getrandom(2)).
  if (::getrandom(&environment.seed, sizeof environment.seed, 0) < 0) {
    environment.seed.first = static_cast<std::uint64_t>(::getpid());
  }
  environment.output_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  const char* term = std::getenv("TERM");
  environment.dumb_terminal = term == nullptr || std::string_view(term) == "dumb";
  environment.shows_progress = ::isatty(STDERR_FILENO) == 1 && !environment.dumb_terminal;
  const char* no_color = std::getenv("NO_COLOR");
  environment.no_color = environment.dumb_terminal || (no_color != nullptr && *no_color != '\0');
  environment.locale = postern::cli::read_locale();
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) {
    environment.columns = size.ws_col;
  }
  std::error_code gone;
  environment.folder = std::filesystem::current_path(gone).string();
  return environment;
}

// Most commands hold a secret at some time: a private key, a token, the secrets of SRS, a password
// on its way to the next hop. None of it may end in a file or with a crash handler: a limit of 0
// does not keep a core from a handler behind a pipe (core(5)), a process that is not dumpable does.
void leave_no_core() {
  ::prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

}  // namespace

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  leave_no_core();
  try {
    return postern::cli::run_program({argv + 1, argv + argc}, read_environment());
  } catch (const std::exception& error) {
    // Out of memory and the like: what no command can answer for.
    fmt::print(stderr, "postern: {}\n", postern::printable(error.what()));
    return postern::cli::bad_input;
  }
}
