// What postern auth takes.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/dns_source.hpp"

namespace CLI {
class App;
}

namespace postern::cli {

struct AuthArguments {
  std::string file, ip, helo, mail_from, authserv_id, at;
  DnsOptions dns;
  std::vector<std::string> trusted_sealers;
  unsigned timeout = 30;
  OutputOptions output;
};

void add_auth_options(CLI::App&, AuthArguments&);

}  // namespace postern::cli
