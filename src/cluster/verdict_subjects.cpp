#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/fnv.hpp"
#include "cluster/verdict_streams.hpp"
#include "ledger/verdict_id.hpp"

namespace postern::cluster {

unsigned verdict_part(std::string_view tenant) noexcept {
  const std::uint64_t hash = fnv1a(tenant);
  return static_cast<unsigned>((hash ^ (hash >> 32)) % verdict_parts);
}

std::string verdict_subject(std::string_view tenant, std::string_view gate) {
  return fmt::format("verdict.{:02}.{}.{}", verdict_part(tenant), ledger::token_of(tenant), gate);
}

std::string verdict_filter(std::string_view tenant) {
  if (tenant.empty()) return "verdict.>";
  return fmt::format("verdict.{:02}.{}.*", verdict_part(tenant), ledger::token_of(tenant));
}

}  // namespace postern::cluster
