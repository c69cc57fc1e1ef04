// What postern evidence fetch takes.
#pragma once

#include <string>

#include "cli/command.hpp"
#include "cli/live_session.hpp"
#include "exchange/fetch.hpp"

namespace CLI {
class App;
}

namespace postern::cli {

struct EvidenceArguments {
  std::string tenant;
  LiveOptions live;
  std::string source = "trace";
  std::string since = "10d";
  std::string until;
  std::string folder;
  unsigned details = 3;
  OutputOptions output;
};

void add_fetch_options(CLI::App&, EvidenceArguments&);

/// All but the domains, which the tenant tells. Errors: no time.
Result<exchange::FetchRequest> request_of(const EvidenceArguments&, UnixTime now);

}  // namespace postern::cli
