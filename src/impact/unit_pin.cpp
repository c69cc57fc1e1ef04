#include "impact/unit_pin.hpp"

#include <cstdint>
#include <optional>
#include <string>

#include "base/ip.hpp"

namespace postern::impact {
namespace {

// Every address that the group sends from; nothing where not all of them are known.
std::optional<std::vector<IpAddress>> all_addresses(const Unit& g) {
  if (g.address_count <= g.addresses.size()) return g.addresses;
  std::vector<IpAddress> out;
  std::uint64_t messages = 0;
  for (const Shape& shape : g.shapes) {
    messages += shape.messages;
    if (shape.client_ip) out.push_back(*shape.client_ip);
  }
  if (messages != g.messages) return std::nullopt;
  return out;
}

}  // namespace

const Pin* pin_of(const Unit& g, const std::vector<Pin>& pins) {
  if (pins.empty()) return nullptr;
  const auto addresses = all_addresses(g);
  if (!addresses) return nullptr;
  const std::vector<std::string> paths = g.path_samples.top(32);
  const Pin* pin = addresses->empty() ? find_pin(pins, std::nullopt, paths) : nullptr;
  for (const IpAddress address : *addresses) {
    const Pin* found = find_pin(pins, address, paths);
    if (found == nullptr || (pin != nullptr && pin != found)) return nullptr;
    pin = found;
  }
  // What was not sampled was not compared.
  return pin != nullptr && !pin->envelope_senders.empty() && g.path_samples.dropped() ? nullptr
                                                                                      : pin;
}

}  // namespace postern::impact
