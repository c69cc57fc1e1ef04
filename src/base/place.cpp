#include "base/place.hpp"

namespace postern {

std::string Place::text() const {
  std::string out = file;
  if (line > 0) out += ':' + std::to_string(line);
  if (line > 0 && column > 0) out += ':' + std::to_string(column);
  if (path.empty()) return out;
  return out + (path.starts_with('/') ? "#" : ": ") + path;
}

}  // namespace postern
