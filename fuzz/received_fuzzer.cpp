#include <string_view>

#include "fuzz.hpp"
#include "message/received.hpp"

void postern::fuzz::run(std::string_view input) {
  const auto line = message::parse_received(input);
  require(line.helo.size() <= 255 && line.by.size() <= 255 && line.client_hostname.size() <= 255,
          "names are bounded");
}
