// What must not reach a screen or an editor as it is, in the writing of TOML (ascii.hpp has the
// others: printable() and that of JSON).
#pragma once

#include <string>

namespace postern {

/// A TOML basic string, with what printable() would replace written as \uXXXX or \UXXXXXXXX, which
/// means the same (TOML 1.0, "String"). Octets that are no UTF-8, which no TOML file may hold,
/// become U+FFFD.
std::string escape_unprintable_toml(const std::string& text);

}  // namespace postern
