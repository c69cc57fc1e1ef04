// What the bucket `policy` holds of a tenant, under the key "tenant.ID": its file as it was pushed,
// with who pushed it and when, and a hash by which damage is noticed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace postern::cluster {

/// Names of buckets and keys.
inline constexpr const char* policy_bucket = "policy";
inline constexpr const char* claim_bucket = "claim";
inline constexpr const char* rollout_bucket = "rollout";
inline constexpr const char* gate_bucket = "gate";
/// In `policy`: which bucket this is. One that is made anew counts its revisions anew.
inline constexpr const char* incarnation_key = "incarnation";

inline constexpr std::size_t largest_tenant = 512 * 1024;

/// 1 to 64 of a to z, 0 to 9 and '-'.
[[nodiscard]] bool is_tenant_id(std::string_view) noexcept;
[[nodiscard]] std::string tenant_key(std::string_view id);
/// The ID in a key of the bucket; empty where it names no tenant.
[[nodiscard]] std::string_view tenant_id_of(std::string_view key) noexcept;
/// "domain.contoso.com".
[[nodiscard]] std::string claim_key(std::string_view domain);

struct TenantValue {
  std::string text;       ///< tenant.toml, or an export in JSON
  std::string name;       ///< the file's, which tells what an export is
  std::string who;        ///< pushed it: user and host
  std::int64_t when = 0;  ///< UNIX time, seconds
};

std::string write_tenant_value(const TenantValue&);
/// Errors: no such value, of a later version, damaged. `where` stands for it in messages.
Result<TenantValue> read_tenant_value(std::string_view bytes, const std::string& where);

/// SHA-256 in lower-case hexadecimal.
std::string sha256_hex(std::string_view octets);

}  // namespace postern::cluster
