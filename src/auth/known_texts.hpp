// TXT records that somebody wrote down, for questions about what a domain publishes that are asked
// without DNS.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace postern::auth {

/// The TXT records at a name (lower case, no trailing dot): null where nobody looked, an empty list
/// where there is none.
using KnownTexts = std::function<const std::vector<std::string>*(std::string_view name)>;

}  // namespace postern::auth
