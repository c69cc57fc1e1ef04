// Words of a command line, to be copied into a shell.
#pragma once

#include <string>
#include <string_view>

namespace postern {

/// The word as a POSIX shell takes it (POSIX.1-2024, 2.2.2): in single quotes where it holds
/// anything that a shell might read. Control characters become U+FFFD: what is shown must be safe
/// to show.
std::string shell_word(std::string_view text);

}  // namespace postern
