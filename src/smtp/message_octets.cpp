#include "smtp/message_octets.hpp"

#include <cstddef>

namespace postern::smtp {

std::string MessageOctets::stuffed() const {
  std::string out;
  out.reserve(octets_.size() + 16);
  for (std::string_view rest = octets_; !rest.empty();) {
    const std::size_t lf = rest.find('\n');
    const std::string_view line = rest.substr(0, lf == std::string_view::npos ? lf : lf + 1);
    if (line.front() == '.') out += '.';
    out += line;
    rest.remove_prefix(line.size());
  }
  return out;
}

}  // namespace postern::smtp
