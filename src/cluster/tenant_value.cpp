#include "cluster/tenant_value.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <openssl/evp.h>

#include <nlohmann/json.hpp>

#include "base/hex.hpp"

namespace postern::cluster {
namespace {

constexpr std::string_view tenant_prefix = "tenant.";
constexpr std::string_view claim_prefix = "domain.";
constexpr int format = 1;

}  // namespace

bool is_tenant_id(std::string_view id) noexcept {
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::string tenant_key(std::string_view id) {
  return std::string(tenant_prefix).append(id);
}

std::string_view tenant_id_of(std::string_view key) noexcept {
  if (!key.starts_with(tenant_prefix)) return {};
  key.remove_prefix(tenant_prefix.size());
  return is_tenant_id(key) ? key : std::string_view{};
}

std::string claim_key(std::string_view domain) {
  return std::string(claim_prefix).append(domain);
}

std::string sha256_hex(std::string_view octets) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(octets.data(), octets.size(), digest.data(), &length, EVP_sha256(), nullptr);
  return to_hex({digest.data(), length});
}

std::string write_tenant_value(const TenantValue& value) {
  const nlohmann::json json{{"format", format},   {"sha256", sha256_hex(value.text)},
                            {"name", value.name}, {"who", value.who},
                            {"when", value.when}, {"text", value.text}};
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<TenantValue> read_tenant_value(std::string_view bytes, const std::string& where) {
  const auto json = nlohmann::json::parse(bytes, nullptr, false);
  if (!json.is_object()) return fail("is no tenant of a cluster", where, "push the tenant again");
  const auto number = [&](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
  };
  const auto text = [&](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string{};
  };
  if (number("format") > format) {
    return fail("was pushed by a newer postern", where, "upgrade this one");
  }
  if (number("format") != format) {
    return fail("is no tenant of a cluster", where, "push the tenant again");
  }
  TenantValue value{
      .text = text("text"), .name = text("name"), .who = text("who"), .when = number("when")};
  if (sha256_hex(value.text) != text("sha256")) {
    return fail("is damaged: its hash does not fit", where, "push the tenant again");
  }
  return value;
}

}  // namespace postern::cluster
