#include "exchange/surroundings.hpp"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <random>
#include <termios.h>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::exchange {
namespace {

// The terminal itself, since standard input may be evidence.
Result<Secret> ask_with_echo_off(const std::string& question) {
  const int terminal = ::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  termios before{};
  if (terminal < 0 || ::tcgetattr(terminal, &before) != 0) {
    if (terminal >= 0) ::close(terminal);
    return fail("there is no terminal to ask at", question);
  }
  termios quiet = before;
  quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  ::tcsetattr(terminal, TCSAFLUSH, &quiet);
  const std::string prompt = question + ": ";
  (void)!::write(terminal, prompt.data(), prompt.size());
  std::string line;
  char c = 0;
  while (line.size() < 4096 && ::read(terminal, &c, 1) == 1 && c != '\n')
    line += c;
  ::tcsetattr(terminal, TCSAFLUSH, &before);
  (void)!::write(terminal, "\n", 1);
  ::close(terminal);
  Secret secret{line};
  wipe(line);
  if (secret.empty()) return fail("nothing was typed", question);
  return secret;
}

}  // namespace

Surroundings process_surroundings(bool interactive) {
  Surroundings around;
  around.now = [] { return static_cast<UnixTime>(std::time(nullptr)); };
  around.sleep = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); };
  around.random = [engine = std::mt19937_64(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
  };
  around.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
  if (interactive) {
    around.ask = ask_with_echo_off;
    around.say = [](const std::string& line) { fmt::print(stderr, "{}\n", printable(line)); };
  } else {
    around.ask = [](const std::string& question) -> Result<Secret> {
      return fail("nobody can be asked while several tenants are read", question);
    };
    around.say = [](const std::string&) {};
  }
  return around;
}

std::string random_guid(const Surroundings& around) {
  const auto word = [&] { return static_cast<unsigned>(around.random() * 65536.0) & 0xffffu; };
  const unsigned w[8] = {word(), word(), word(), word(), word(), word(), word(), word()};
  return fmt::format("{:04x}{:04x}-{:04x}-4{:03x}-{:04x}-{:04x}{:04x}{:04x}", w[0], w[1], w[2],
                     w[3] & 0xfffu, (w[4] & 0x3fffu) | 0x8000u, w[5], w[6], w[7]);
}

}  // namespace postern::exchange
