// What postern ledger takes.
#pragma once

#include <cstddef>
#include <string>

#include "cli/command.hpp"
#include "ledger/reader.hpp"

namespace CLI {
class App;
}

namespace postern::cli {

struct LedgerArguments {
  std::string file;     ///< or an address of servers
  std::string cluster;  ///< the file whose [cluster] signs in there
  std::string resend_since;
  std::string since, until, client, summary;
  ledger::Filter filter;
  bool follow = false;
  bool steps = false;
  std::size_t limit = 50;
  OutputOptions output;
};

void add_ledger_options(CLI::App&, LedgerArguments&);

/// Reads the times and the address block into the filter. Errors: no time, no block, --follow
/// beside what it does not go with.
Result<void> read_filter(LedgerArguments&, UnixTime now);

}  // namespace postern::cli
