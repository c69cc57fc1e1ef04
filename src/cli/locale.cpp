#include "cli/locale.hpp"

#include <clocale>
#include <cstdlib>
#include <cstring>
#include <langinfo.h>
#include <locale.h>  // NOLINT(modernize-deprecated-headers): newlocale is POSIX's

namespace postern::cli {
namespace {

// POSIX, 8.2: the first of these that is set and not empty.
std::string name_from_environment(const char* category) {
  for (const char* variable : {"LC_ALL", category, "LANG"}) {
    const char* value = std::getenv(variable);
    if (value != nullptr && *value != '\0') return value;
  }
  return "C";
}

}  // namespace

Locale read_locale() {
  Locale out;
  out.name = name_from_environment("LC_NUMERIC");
  if (const locale_t numbers = ::newlocale(LC_NUMERIC_MASK, "", nullptr); numbers != nullptr) {
    out.decimal_point = *::nl_langinfo_l(RADIXCHAR, numbers) == ',' ? ',' : '.';
    ::freelocale(numbers);
  } else {
    out.known = false;
  }
  if (const locale_t letters = ::newlocale(LC_CTYPE_MASK, "", nullptr); letters != nullptr) {
    out.utf8 = std::strcmp(::nl_langinfo_l(CODESET, letters), "UTF-8") == 0;
    ::freelocale(letters);
  } else {
    // Named and not installed: its name tells what the terminal takes.
    const std::string name = name_from_environment("LC_CTYPE");
    out.utf8 = name.find("UTF-8") != std::string::npos || name.find("utf8") != std::string::npos;
  }
  return out;
}

}  // namespace postern::cli
