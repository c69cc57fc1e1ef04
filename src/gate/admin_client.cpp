#include "gate/admin_client.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <netdb.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <fmt/format.h>

#include "files/whole_file.hpp"
#include "gate/route.hpp"

namespace postern::gate {
namespace {

constexpr std::size_t largest_answer = 64u << 20;

class Peer {
 public:
  explicit Peer(int descriptor) noexcept : descriptor_(descriptor) {}
  ~Peer() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  [[nodiscard]] int get() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

int connected_to(const HostPort& where) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string host = where.host == "localhost" ? "127.0.0.1" : where.host;
  if (::getaddrinfo(host.c_str(), std::to_string(where.port).c_str(), &hints, &found) != 0) {
    errno = EADDRNOTAVAIL;
    return -1;
  }
  const int descriptor = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{10, 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const bool done =
      descriptor >= 0 && ::connect(descriptor, found->ai_addr, found->ai_addrlen) == 0;
  const int fault = errno;
  ::freeaddrinfo(found);
  if (done) return descriptor;
  if (descriptor >= 0) ::close(descriptor);
  errno = fault;
  return -1;
}

}  // namespace

Result<std::string> ask_admin(const std::string& address, const std::string& path,
                              const std::string& cookie) {
  const auto where = parse_host_port(address);
  if (!where) return tl::unexpected(where.error());
  const Peer peer(connected_to(*where));
  const auto lost = [&](const char* what) {
    return fail(fmt::format("{} ({})", what, std::strerror(errno)), address, "start the gate");
  };
  if (peer.get() < 0) return lost("nobody answers");
  // HTTP/1.0: the answer ends with the connection.
  const std::string request =
      fmt::format("GET {} HTTP/1.0\r\nHost: {}\r\nCookie: {}\r\n\r\n", path, address, cookie);
  if (!files::write_all(peer.get(), request)) return lost("can't be asked");
  std::string answer;
  std::array<char, 16384> block;
  for (;;) {
    const ssize_t got = ::recv(peer.get(), block.data(), block.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return lost("does not answer");
    if (got == 0) break;
    answer.append(block.data(), static_cast<std::size_t>(got));
    if (answer.size() > largest_answer) return fail("answers without end", address);
  }
  const std::size_t head = answer.find("\r\n\r\n");
  if (head == std::string::npos) return fail("gave no answer of HTTP", address);
  const std::string_view status = std::string_view(answer).substr(9, 3);
  if (status != "200") {
    return fail(fmt::format("answered {}", status), address + path,
                status == "401" ? "token_file must be the one that the gate was started with"
                                : "see its log");
  }
  return answer.substr(head + 4);
}

}  // namespace postern::gate
