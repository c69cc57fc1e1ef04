// What postern srs takes.
#pragma once

#include <string>
#include <string_view>

#include "auth/socketmap.hpp"
#include "auth/srs.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace CLI {
class App;
}

namespace postern::cli {

struct SrsArguments {
  auth::SrsOptions options;
  std::string secrets_file;
  std::string separator = "=";
  std::string address;
  std::string listen = "127.0.0.1:10003";
  unsigned idle_time = 300;  // seconds
};

/// Of `srs forward` and `srs reverse`.
void add_srs_options(CLI::App&, SrsArguments&);
/// Of `srs serve`.
void add_srs_server_options(CLI::App&, SrsArguments&);

/// With the secrets of the file: one a line, without white space around it; empty lines and those
/// that begin with # are passed over. Errors: one of less than 16 octets, those of
/// exchange::read_secret_file and Srs::make.
Result<auth::Srs> make_srs(const SrsArguments&);

/// What Postfix is told of `key` in the map "forward" or "reverse". Not found: parts of an address,
/// which Postfix asks for too, and what stays as it is.
auth::SocketmapAnswer look_up(const auth::Srs&, std::string_view map, std::string_view key,
                              UnixTime now);

}  // namespace postern::cli
