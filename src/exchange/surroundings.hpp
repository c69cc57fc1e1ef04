// What the room takes from the process around it: clock, waiting, chance, environment, and the
// person at the terminal. Tests bring their own.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "exchange/secret.hpp"

namespace postern::exchange {

struct Surroundings {
  std::function<UnixTime()> now;
  std::function<void(std::chrono::milliseconds)> sleep;
  /// Evenly from [0, 1).
  std::function<double()> random;
  /// An environment variable; nullopt where it is not set.
  std::function<std::optional<std::string>(const std::string& name)> environment;
  /// Asks at the terminal with the echo off. Error: there is no terminal.
  std::function<Result<Secret>(const std::string& question)> ask;
  /// A line for the person, on standard error.
  std::function<void(const std::string& line)> say;
};

/// The real ones. `interactive` false: nobody is asked and nothing is said (many tenants at once).
Surroundings process_surroundings(bool interactive);

/// A random GUID (RFC 9562, 5.4) from surroundings.random: names requests, protects nothing.
std::string random_guid(const Surroundings&);

}  // namespace postern::exchange
