// One request to the API of JetStream, for the files of this room that are built with libnats.
#pragma once

#include <chrono>
#include <string>

#include "base/result.hpp"
#include "cluster/connection.hpp"

namespace postern::cluster {

struct ApiAnswer {
  std::string body;  ///< a JSON object
  int code = 0;      ///< err_code of the server (server/errors.json); 0: done
  std::string why;   ///< with a code
};

/// As long as servers may take that have just lost their leader.
inline constexpr std::chrono::milliseconds patience{10000};

/// Asks again while nobody answers, until `time` is over. Errors: no answer, which is also what a
/// user without permission gets; none that is JSON.
Result<ApiAnswer> request(Connection&, const std::string& subject, const std::string& body,
                          std::chrono::milliseconds time);

}  // namespace postern::cluster
