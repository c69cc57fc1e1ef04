#include "auth/socketmap.hpp"

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::auth {

std::string SocketmapSession::receive(std::string_view bytes) {
  std::string out;
  if (broken_) return out;
  buffer_ += bytes;
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    std::size_t length = 0;
    std::size_t digits = 0;
    while (digits < rest.size() && is_ascii_digit(rest[digits]) && length <= longest_request) {
      length = length * 10 + static_cast<std::size_t>(rest[digits] - '0');
      ++digits;
    }
    const bool at_end = digits == rest.size();
    if (length > longest_request || digits > 4 ||
        (!at_end && (digits == 0 || rest[digits] != ':'))) {
      broken_ = true;
      break;
    }
    const std::size_t whole = digits + 1 + length + 1;  // "12:…,"
    if (at_end || rest.size() < whole) break;
    if (rest[whole - 1] != ',') {
      broken_ = true;
      break;
    }
    const std::string reply = answer(rest.substr(digits + 1, length));
    out += fmt::format("{}:{},", reply.size(), reply);
    rest.remove_prefix(whole);
  }
  buffer_.erase(0, buffer_.size() - rest.size());
  return out;
}

std::string SocketmapSession::answer(std::string_view request) const {
  const std::size_t space = request.find(' ');
  if (space == std::string_view::npos) return "PERM the request has no key";
  const SocketmapAnswer found = lookup_(request.substr(0, space), request.substr(space + 1));
  switch (found.status) {
    case SocketmapAnswer::Status::ok:
      return "OK " + found.text;
    case SocketmapAnswer::Status::temporary:
      return "TEMP " + found.text;
    case SocketmapAnswer::Status::permanent:
      return "PERM " + found.text;
    case SocketmapAnswer::Status::not_found:
      break;
  }
  return "NOTFOUND ";
}

}  // namespace postern::auth
