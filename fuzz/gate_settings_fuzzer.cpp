#include <string>
#include <string_view>

#include "fuzz.hpp"
#include "gate/settings.hpp"

void postern::fuzz::run(std::string_view input) {
  const auto settings = gate::parse_settings(input, "gate.toml");
  if (settings) return;
  require(!settings.error().empty(), "an error is told");
  for (const Error& error : settings.error()) {
    require(!error.what.empty(), "an error says what is wrong");
    require(error.line().find('\n') == std::string::npos, "on one line");
  }
}
