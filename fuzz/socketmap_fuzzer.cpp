#include <cstddef>
#include <string>
#include <string_view>

#include "auth/socketmap.hpp"
#include "fuzz.hpp"

namespace {

using postern::auth::SocketmapAnswer;

SocketmapAnswer echo(std::string_view map, std::string_view key) {
  if (map == "none") return {};
  return {SocketmapAnswer::Status::ok, std::string(key)};
}

}  // namespace

// The first octet is the size of the pieces.
void postern::fuzz::run(std::string_view input) {
  if (input.empty()) return;
  const std::size_t size = 1 + static_cast<unsigned char>(input[0]) % 16;
  input.remove_prefix(1);
  auth::SocketmapSession whole(echo);
  const std::string at_once = whole.receive(input);
  auth::SocketmapSession pieces(echo);
  std::string in_pieces;
  for (std::size_t at = 0; at < input.size(); at += size)
    in_pieces += pieces.receive(input.substr(at, size));
  require(at_once == in_pieces && whole.broken() == pieces.broken(),
          "the size of the pieces changes nothing");
  for (std::string_view rest = at_once; !rest.empty();) {
    const std::size_t colon = rest.find(':');
    require(colon != std::string_view::npos, "an answer is a netstring");
    const std::size_t length = std::stoul(std::string(rest.substr(0, colon)));
    require(rest.size() > colon + 1 + length && rest[colon + 1 + length] == ',',
            "an answer ends in a comma");
    rest.remove_prefix(colon + length + 2);
  }
}
