#include <string>
#include <string_view>

#include "exchange/connect.hpp"
#include "exchange/profile.hpp"
#include "fuzz.hpp"

using namespace postern;

void postern::fuzz::run(std::string_view input) {
  const auto profiles = exchange::parse_profiles(input, "config.toml");
  if (!profiles) {
    require(profiles.error().where.file.starts_with("config.toml"), "a fault is located");
  }
  const std::string base = "https://outlook.office365.com";
  if (const auto there = exchange::within(std::string(input), base, "here")) {
    const auto url = exchange::parse_url(*there);
    require(url && url->scheme == "https" && url->port == "443", "over TLS, to the usual port");
    require(url->host == "outlook.office365.com" || url->host.ends_with(".outlook.office365.com"),
            "the token stays at home");
  }
}
