#include "exchange/profile.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/toml_fields.hpp"
#include "exchange/http.hpp"

namespace postern::exchange {
namespace {

constexpr const char* manual = "see docs/live.md";

// A value as the file has it.
struct Value {
  std::optional<std::string> text;
  std::optional<std::int64_t> number;
};

struct Key {
  std::string_view name;
  std::string_view type;
  std::string_view default_value;
  std::string_view meaning;
  /// What is wrong with the value; empty where it was taken.
  std::string (*read)(const Value&, Profile&);
};

std::string take_text(const Value& value, std::string& into) {
  if (!value.text) return "must be text in quotes";
  if (value.text->empty()) return "is empty";
  into = *value.text;
  return {};
}

std::string take_number(const Value& value, int least, int most, int& into) {
  if (!value.number || *value.number < least || *value.number > most) {
    return most == std::numeric_limits<int>::max()
               ? fmt::format("must be a number from {} up", least)
               : fmt::format("must be a number from {} to {}", least, most);
  }
  into = static_cast<int>(*value.number);
  return {};
}

std::string take_host(const Value& value, bool identity, std::string& into) {
  if (auto wrong = take_text(value, into); !wrong.empty()) return wrong;
  const auto url = parse_url(into);
  if (!url) return url.error().what;
  if (url->scheme != "https" && !(identity && is_identity_host(url->host))) {
    return "must begin with https://";
  }
  if (url->path != "/") return "must be a host alone, without a path";
  into = url->base();
  return {};
}

template <class E, std::size_t N>
std::string take_choice(const Value& value, const std::array<std::pair<std::string_view, E>, N>& of,
                        E& into) {
  std::string known;
  for (const auto& [name, meaning] : of) {
    if (value.text && *value.text == name) {
      into = meaning;
      return {};
    }
    known += fmt::format("{}\"{}\"", known.empty() ? "" : ", ", name);
  }
  return "must be one of " + known;
}

using policy::Cloud;
constexpr std::array<std::pair<std::string_view, Cloud>, 5> cloud_names{
    {{"worldwide", Cloud::worldwide},
     {"gcc", Cloud::gcc},
     {"gcc-high", Cloud::gcc_high},
     {"dod", Cloud::dod},
     {"china", Cloud::china}}};
constexpr std::array<std::pair<std::string_view, SignIn>, 6> sign_in_names{
    {{"client-secret", SignIn::client_secret},
     {"certificate", SignIn::certificate},
     {"workload-identity", SignIn::workload_identity},
     {"managed-identity", SignIn::managed_identity},
     {"device-code", SignIn::device_code},
     {"token", SignIn::token}}};

const std::vector<Key>& keys() {
  static const std::vector<Key> all = {
      {"tenant", "id or domain", "as the token says",
       "The tenant, as contoso.onmicrosoft.com or by its id. Needed by every sign-in but "
       "managed-identity and token; where it is an id, a token of another tenant is refused.",
       [](const Value& v, Profile& p) { return take_text(v, p.tenant); }},
      {"cloud", "worldwide, gcc, gcc-high, dod or china", "worldwide",
       "Which Microsoft cloud; decides the hosts.",
       [](const Value& v, Profile& p) { return take_choice(v, cloud_names, p.cloud); }},
      {"sign_in",
       "client-secret, certificate, workload-identity, managed-identity, device-code or token",
       "client-secret", "How to sign in.",
       [](const Value& v, Profile& p) { return take_choice(v, sign_in_names, p.sign_in); }},
      {"client_id", "id", "none",
       "Application (client) id of the app registration; for a managed identity the id of a "
       "user-assigned one.",
       [](const Value& v, Profile& p) { return take_text(v, p.client_id); }},
      {"client_secret_env", "name", "POSTERN_CLIENT_SECRET",
       "Environment variable that holds the client secret.",
       [](const Value& v, Profile& p) { return take_text(v, p.client_secret_env); }},
      {"client_secret_file", "path", "none",
       "File that holds the client secret, readable by its owner alone. With neither, the secret "
       "is asked for at the terminal.",
       [](const Value& v, Profile& p) { return take_text(v, p.client_secret_file); }},
      {"certificate", "path", "required for certificate",
       "PEM (with the key, or see private_key) or PKCS#12.",
       [](const Value& v, Profile& p) { return take_text(v, p.certificate); }},
      {"private_key", "path", "in the certificate's file", "PEM of the key.",
       [](const Value& v, Profile& p) { return take_text(v, p.private_key); }},
      {"certificate_password_env", "name", "POSTERN_CERTIFICATE_PASSWORD",
       "Environment variable that holds the password of the key.",
       [](const Value& v, Profile& p) { return take_text(v, p.certificate_password_env); }},
      {"certificate_password_file", "path", "none",
       "File that holds the password of the key, readable by its owner alone.",
       [](const Value& v, Profile& p) { return take_text(v, p.certificate_password_file); }},
      {"federated_token_file", "path", "$AZURE_FEDERATED_TOKEN_FILE",
       "File of the workload's own token; read anew for every sign-in, since it changes.",
       [](const Value& v, Profile& p) { return take_text(v, p.federated_token_file); }},
      {"token_env", "name", "POSTERN_ACCESS_TOKEN",
       "Environment variable that holds an access token made elsewhere.",
       [](const Value& v, Profile& p) { return take_text(v, p.token_env); }},
      {"token_file", "path", "none",
       "File that holds an access token, readable by its owner alone.",
       [](const Value& v, Profile& p) { return take_text(v, p.token_file); }},
      {"token_descriptor", "number", "none",
       "Open file descriptor from which to read an access token.",
       [](const Value& v, Profile& p) {
         return take_number(v, 0, std::numeric_limits<int>::max(), p.token_descriptor);
       }},
      {"login_host", "https address", "the cloud's", "Where tokens come from.",
       [](const Value& v, Profile& p) { return take_host(v, false, p.login_host); }},
      {"exchange_host", "https address", "the cloud's", "Exchange Online.",
       [](const Value& v, Profile& p) { return take_host(v, false, p.exchange_host); }},
      {"graph_host", "https address", "the cloud's", "Microsoft Graph.",
       [](const Value& v, Profile& p) { return take_host(v, false, p.graph_host); }},
      {"identity_host", "address", "http://169.254.169.254",
       "Azure's instance metadata service. IDENTITY_ENDPOINT, where set, wins.",
       [](const Value& v, Profile& p) { return take_host(v, true, p.identity_host); }},
      {"ca_bundle", "path", "$CURL_CA_BUNDLE, $SSL_CERT_FILE or the system's",
       "PEM file of the certificate authorities to trust.",
       [](const Value& v, Profile& p) { return take_text(v, p.ca_bundle); }},
      {"timeout", "seconds", "100", "How long one request may take, up to 600.",
       [](const Value& v, Profile& p) { return take_number(v, 1, 600, p.timeout); }},
  };
  return all;
}

// What somebody in a hurry would write.
bool looks_like_a_secret(std::string_view key) {
  return key == "client_secret" || key == "secret" || key == "password" || key == "token" ||
         key == "certificate_password" || key == "access_token";
}

Result<void> complete(const Profile& p) {
  const auto needs = [&](std::string_view key) {
    return fail(fmt::format("profile '{}' signs in with {} and has no {}", printable(p.name),
                            name_of(p.sign_in), key),
                p.where, fmt::format("add {}", key));
  };
  const bool own_app = p.sign_in != SignIn::managed_identity && p.sign_in != SignIn::token;
  const bool from_environment = p.sign_in == SignIn::workload_identity;
  if (own_app && !from_environment && p.tenant.empty()) return needs("tenant");
  if (own_app && !from_environment && p.client_id.empty()) return needs("client_id");
  if (p.sign_in == SignIn::certificate && p.certificate.empty()) return needs("certificate");
  return {};
}

Result<Profile> read_profile(const std::string& name, const toml::node& node,
                             const std::string& file) {
  const toml::table* table = node.as_table();
  const std::string where = toml_fields::place(node, file);
  if (table == nullptr) {
    return fail(fmt::format("profile.{} is no table", printable(name)), where,
                fmt::format("write [profile.{}]", printable(name)));
  }
  Profile profile;
  profile.name = name;
  profile.where = where;
  for (const auto& [key, value] : *table) {
    const std::string_view called = key.str();
    const auto known = std::find_if(keys().begin(), keys().end(),
                                    [&](const Key& each) { return each.name == called; });
    const std::string here = toml_fields::place(value, file);
    if (known == keys().end()) {
      if (looks_like_a_secret(called)) {
        return fail(fmt::format("'{}': secrets do not stand in this file", called), here,
                    "take it out, change that secret, and name client_secret_env, "
                    "client_secret_file or their like");
      }
      return fail(fmt::format("unknown key '{}'", printable(called)), here, manual);
    }
    Value given;
    if (const auto* text = value.as_string()) given.text = text->get();
    if (const auto* number = value.as_integer()) given.number = number->get();
    if (const std::string wrong = known->read(given, profile); !wrong.empty()) {
      return fail(fmt::format("{} {}", known->name, wrong), here, manual);
    }
  }
  if (auto done = complete(profile); !done) return tl::unexpected(done.error());
  return profile;
}

Result<std::vector<Profile>> read_document(const toml::table& root, const std::string& file) {
  std::vector<Profile> out;
  for (const auto& [key, node] : root) {
    if (key.str() != "profile") {
      return fail(fmt::format("unknown key '{}'", printable(key.str())),
                  toml_fields::place(node, file), "profiles are written as [profile.NAME]");
    }
    const toml::table* profiles = node.as_table();
    if (profiles == nullptr) {
      return fail("profile is no table", toml_fields::place(node, file), "write [profile.NAME]");
    }
    for (const auto& [name, each] : *profiles) {
      auto profile = read_profile(std::string(name.str()), each, file);
      if (!profile) return tl::unexpected(profile.error());
      out.push_back(std::move(*profile));
    }
  }
  return out;
}

}  // namespace

std::string_view name_of(SignIn sign_in) noexcept {
  for (const auto& [name, meaning] : sign_in_names) {
    if (meaning == sign_in) return name;
  }
  return {};
}

Hosts Profile::hosts() const {
  Hosts hosts = hosts_of(cloud);
  if (!login_host.empty()) hosts.login = login_host;
  if (!exchange_host.empty()) hosts.exchange = exchange_host;
  if (!graph_host.empty()) hosts.graph = graph_host;
  return hosts;
}

Result<std::vector<Profile>> parse_profiles(std::string_view text, const std::string& file) {
  return toml_fields::with_toml<std::vector<Profile>>(
      text, file, manual, [&](const toml::table& root) { return read_document(root, file); });
}

std::string usual_config_file(const Surroundings& around) {
  const std::string xdg = around.environment("XDG_CONFIG_HOME").value_or("");
  // The XDG Base Directory Specification: a relative path counts as not set.
  if (xdg.starts_with('/')) return xdg + "/postern/config.toml";
  return around.environment("HOME").value_or("") + "/.config/postern/config.toml";
}

Result<Profile> find_profile(const std::string& name, const std::string& file,
                             const Surroundings& around) {
  const std::string path = file.empty() ? usual_config_file(around) : file;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    return fail(
        fmt::format("live:{} needs a profile, and the file can't be read ({})", printable(name),
                    std::strerror(errno)),
        path,
        "write [profile.NAME] there, or name another file with --config; " + std::string(manual));
  }
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  auto profiles = parse_profiles(text, path);
  if (!profiles) return tl::unexpected(profiles.error());
  std::string known;
  for (Profile& profile : *profiles) {
    if (profile.name == name) return std::move(profile);
    known += (known.empty() ? "" : ", ") + profile.name;
  }
  return fail(fmt::format("no profile '{}'", printable(name)), path,
              known.empty() ? "write [profile." + printable(name) + "] there"
                            : "there are: " + printable(known));
}

std::string describe_profile_keys() {
  std::string out = "| key | value | default | meaning |\n|---|---|---|---|\n";
  for (const Key& key : keys()) {
    out += fmt::format("| `{}` | {} | {} | {} |\n", key.name, key.type, key.default_value,
                       key.meaning);
  }
  return out;
}

}  // namespace postern::exchange
