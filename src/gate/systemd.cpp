#include "gate/systemd.hpp"

#include <charconv>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/ascii.hpp"

namespace postern::gate {
namespace {

constexpr int first_passed = 3;  // SD_LISTEN_FDS_START

int number(const std::map<std::string, std::string>& environment, const char* name) {
  const auto found = environment.find(name);
  int value = -1;
  if (found == environment.end()) return value;
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? value : -1;
}

}  // namespace

Result<std::vector<PassedSocket>> passed_sockets(
    const std::map<std::string, std::string>& environment, int pid) {
  std::vector<PassedSocket> sockets;
  const int count = number(environment, "LISTEN_FDS");
  if (count <= 0 || number(environment, "LISTEN_PID") != pid) return sockets;
  if (count > 100) return fail("more than 100 sockets", "LISTEN_FDS");
  const auto names = environment.find("LISTEN_FDNAMES");
  const auto words =
      names == environment.end() ? std::vector<std::string_view>{} : split(names->second, ':');
  for (int i = 0; i < count; ++i) {
    const int descriptor = first_passed + i;
    int listening = 0;
    socklen_t size = sizeof listening;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 ||
        listening == 0) {
      return fail("descriptor " + std::to_string(descriptor) + " is no listening socket",
                  "LISTEN_FDS", "check the .socket unit: ListenStream=, Accept=no");
    }
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    const auto at = static_cast<std::size_t>(i);
    sockets.push_back({descriptor, at < words.size() ? std::string(words[at]) : "smtp"});
  }
  return sockets;
}

bool notify(const std::string& socket, std::string_view state) {
  sockaddr_un address{};
  if (socket.empty() || socket.size() >= sizeof address.sun_path) return false;
  if (socket.front() != '/' && socket.front() != '@') return false;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket.data(), socket.size());
  if (socket.front() == '@') address.sun_path[0] = '\0';  // an abstract name
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket.size());
  const ssize_t sent = ::sendto(descriptor, state.data(), state.size(), MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&address), length);
  ::close(descriptor);
  return sent == static_cast<ssize_t>(state.size());
}

}  // namespace postern::gate
