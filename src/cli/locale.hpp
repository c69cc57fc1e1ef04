// What the environment says of how this user's programs write (locale(7)).
#pragma once

#include <string>

namespace postern::cli {

struct Locale {
  std::string name = "C";    ///< as LC_ALL, LC_NUMERIC or LANG has it
  bool known = true;         ///< whether this machine has it; else the rest is that of "C"
  char decimal_point = '.';  ///< LC_NUMERIC
  bool utf8 = true;          ///< LC_CTYPE
};

/// Reads LC_ALL, LC_NUMERIC, LC_CTYPE and LANG. The program's own locale stays "C": what it writes
/// for other programs must not hang on who runs it.
Locale read_locale();

}  // namespace postern::cli
