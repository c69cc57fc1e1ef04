#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "cluster/verdict_streams.hpp"
#include "ledger/verdict_id.hpp"

namespace postern::cluster {

unsigned verdict_part(std::string_view tenant) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : tenant)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  // The low bits of FNV-1a are its weakest.
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
