// What an administrator knows of senders and services: senders.toml, and a file of services.
#include <string_view>

#include "fuzz.hpp"
#include "impact/pins.hpp"
#include "impact/services.hpp"

void postern::fuzz::run(std::string_view input) {
  if (const auto pins = impact::parse_pins(input, "f")) {
    for (const impact::Pin& pin : *pins) {
      require(!pin.addresses.empty() || !pin.envelope_senders.empty(), "a pin is on no name alone");
    }
  }
  impact::Services services;
  const auto before = services.size();
  if (!services.add(input, "f"))
    require(services.size() == before, "nothing of a faulty file is added");
  else
    require(services.size() >= before, "no service is lost");
}
