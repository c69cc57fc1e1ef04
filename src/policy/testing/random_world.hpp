// A small random world for the property tests: tenants and submissions over few domains, addresses
// and names, so that everything collides with everything. For tests only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "policy/submission.hpp"
#include "policy/tenant.hpp"

namespace postern::policy {

class RandomWorld {
 public:
  explicit RandomWorld(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }
  bool chance(std::size_t percent) { return below(100) < percent; }

  /// One to three tenants of which everything is known: all clouds, choices, types and settings.
  std::vector<Tenant> tenants();
  InboundConnector connector(std::string name, Cloud cloud);
  /// The same as an export tells them: here and there without the switch or the connectors.
  std::vector<Tenant> exported(std::vector<Tenant> tenants);
  /// The same as they became later: some connectors changed at `at`.
  std::vector<Tenant> changed(std::vector<Tenant> tenants, UnixTime at);

  /// A message of which everything is known but how it was attributed. Views go to static text.
  Submission submission();
  /// The same with less known.
  Submission forget(const Submission& full);
  /// Any recorded attribution and time, whether or not it fits the rest.
  void record_anything(Submission& submission);

 private:
  Tenant tenant(std::size_t index, std::vector<std::string_view>& free_names);
  std::string_view name();
  IpAddress address(bool six);
  Prefix prefix(Cloud cloud);
  void change(InboundConnector& connector, Cloud cloud);

  std::mt19937_64 random_;
};

}  // namespace postern::policy
