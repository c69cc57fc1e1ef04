#include "base/result.hpp"

namespace postern {

std::string Error::line() const {
  std::string out;
  if (!where.empty()) out += where.text() + ": ";
  out += what;
  if (!remedy.empty()) out += "; " + remedy;
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return out;
}

}  // namespace postern
