#include <cstddef>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "cluster/verdict_reader.hpp"

namespace postern::cluster {

Result<VerdictAddress> parse_verdict_address(std::string_view text) {
  VerdictAddress out;
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) {
    return fail("is no address of servers", std::string(text), "write nats://HOST:PORT/TENANT");
  }
  const std::string scheme(text.substr(0, colon + 3));
  std::string_view rest = text.substr(colon + 3);
  const std::size_t slash = rest.find('/');
  if (slash != std::string_view::npos) {
    out.tenant = rest.substr(slash + 1);
    rest = rest.substr(0, slash);
  }
  if (rest.find('@') != std::string_view::npos) {
    return fail("must not hold a user", std::string(text.substr(text.find('@'))),
                "name a file with [cluster] by --cluster: everybody sees a command line");
  }
  if (rest.empty()) return out;
  for (const std::string_view server : split(rest, ',')) {
    if (server.empty()) {
      return fail("names an empty server", std::string(text), "write nats://HOST:PORT,HOST:PORT");
    }
    out.servers.push_back(scheme + std::string(server));
  }
  return out;
}

}  // namespace postern::cluster
