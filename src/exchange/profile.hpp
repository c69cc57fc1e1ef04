// Named live tenants: ~/.config/postern/config.toml. One table (profile.cpp) parses every key and
// writes the page about them. No key holds a secret, only where one is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/place.hpp"
#include "base/result.hpp"
#include "exchange/surroundings.hpp"
#include "policy/tenant.hpp"

namespace postern::exchange {

enum class SignIn : std::uint8_t {
  client_secret,
  certificate,
  workload_identity,
  managed_identity,
  device_code,
  token,  ///< handed over by the caller
};
std::string_view name_of(SignIn) noexcept;  ///< "client-secret", …

/// Base addresses without a trailing slash: sign-in, Exchange Online, Graph.
struct Hosts {
  std::string login;
  std::string exchange;
  std::string graph;
};

struct Profile {
  std::string name;
  Place where;  ///< file:line:column of its table

  std::string tenant;  ///< id or domain; empty: as the token says (managed identity, token)
  policy::Cloud cloud = policy::Cloud::worldwide;
  SignIn sign_in = SignIn::client_secret;
  std::string client_id;

  std::string client_secret_env, client_secret_file;
  std::string certificate, private_key;
  std::string certificate_password_env, certificate_password_file;
  std::string federated_token_file;
  std::string token_env, token_file;
  int token_descriptor = -1;

  /// Overrides of the cloud's hosts: "https://host" or "https://host:port".
  std::string login_host, exchange_host, graph_host;
  /// Override of http://169.254.169.254.
  std::string identity_host;

  std::string ca_bundle;
  int timeout = 100;  ///< seconds for one exchange

  /// The cloud's hosts with the overrides.
  [[nodiscard]] Hosts hosts() const;
};

/// All profiles of a file. Errors name file:line:column: unknown key, value of the wrong kind, a
/// secret written into the file, a host that is not https, what the way of signing in needs.
Result<std::vector<Profile>> parse_profiles(std::string_view text, const std::string& file);

/// $XDG_CONFIG_HOME/postern/config.toml, or ~/.config/postern/config.toml.
std::string usual_config_file(const Surroundings&);

/// The profile of that name, from `file` (empty: the usual one). Errors: no file, no such profile
/// (the names that there are).
Result<Profile> find_profile(const std::string& name, const std::string& file, const Surroundings&);

/// The page on the keys, in Markdown.
std::string describe_profile_keys();

}  // namespace postern::exchange
