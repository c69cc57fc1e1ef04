// Asks an admin listener of this host, as a browser would: for `postern gate --watch`.
#pragma once

#include <string>

#include "base/result.hpp"

namespace postern::gate {

/// The body of GET `path` at "127.0.0.1:9125", asked with a Cookie field. Waits 10 seconds at most
/// for each piece. Errors: nobody listens there, an answer other than 200, or none.
Result<std::string> ask_admin(const std::string& address, const std::string& path,
                              const std::string& cookie);

}  // namespace postern::gate
