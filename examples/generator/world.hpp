// Random organisations with the truth about every sender, for measuring how well senders are named
// (docs/classification.md). Unlike the shipped example they live in memory alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "evidence/message.hpp"
#include "evidence/reader.hpp"
#include "impact/kind.hpp"
#include "random.hpp"
#include "tenant/configuration.hpp"

namespace postern::example {

/// One sender of a world.
struct WorldSender {
  std::string name;  ///< "scanner in the /24 of an attack", …
  impact::Kind kind = impact::Kind::unknown;
  bool hard = false;  ///< one of the cases that are meant to mislead
  std::vector<std::string> addresses;
};

/// A message that owns its texts.
struct WorldMessage {
  std::size_t sender = 0;
  std::string address, from, to, subject, message_id, helo, reverse_name;
  std::string from_domain, to_domain;  ///< normal form
  UnixTime time = 0;
  evidence::AuthResults results;
  evidence::Delivery delivery = evidence::Delivery::unknown;

  [[nodiscard]] evidence::Message message() const;
};

struct World {
  tenant::Configuration configuration;
  std::vector<WorldSender> senders;
  std::vector<WorldMessage> messages;
};

/// The same seed gives the same world on every machine.
World make_world(std::uint64_t seed);

}  // namespace postern::example
