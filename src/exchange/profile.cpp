#include "exchange/profile.hpp"

#include <array>
#include <cstddef>
#include <limits>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "exchange/http.hpp"
#include "files/whole_file.hpp"
#include "policy/clouds.hpp"
#include "settings_file/layout.hpp"

namespace postern::exchange {
namespace {

constexpr const char* manual = "see docs/live.md";
constexpr std::size_t largest_file = 1 << 20;

using settings_file::Access;
using settings_file::Keys;
using settings_file::Value;

std::string read_filled(const Value& value, std::string& into) {
  std::string wrong = settings_file::read_line(value, into);
  return wrong.empty() && into.empty() ? "must not be empty" : wrong;
}
Access<Profile> text(std::string Profile::*at) {
  return settings_file::member(at, read_filled, settings_file::write_text);
}

std::string read_host(const Value& value, bool identity, std::string& into) {
  if (auto wrong = read_filled(value, into); !wrong.empty()) return wrong;
  const auto url = parse_url(into);
  if (!url) return url.error().what;
  if (url->scheme != "https" && !(identity && is_identity_host(url->host))) {
    return "must begin with https://";
  }
  if (url->path != "/") return "must be a host alone, without a path";
  into = url->base();
  return {};
}
Access<Profile> host(std::string Profile::*at, bool identity = false) {
  return settings_file::member(
      at,
      [identity](const Value& value, std::string& into) {
        return read_host(value, identity, into);
      },
      settings_file::write_text);
}

using policy::Cloud;
// All but none, which has no interface to ask.
constexpr auto live_clouds = [] {
  std::array<std::pair<std::string_view, Cloud>, policy::cloud_names.size() - 1> out;
  std::size_t at = 0;
  for (const auto& named : policy::cloud_names) {
    if (named.second != Cloud::none) out[at++] = named;
  }
  return out;
}();
constexpr std::array<std::pair<std::string_view, SignIn>, 6> sign_in_names{
    {{"client-secret", SignIn::client_secret},
     {"certificate", SignIn::certificate},
     {"workload-identity", SignIn::workload_identity},
     {"managed-identity", SignIn::managed_identity},
     {"device-code", SignIn::device_code},
     {"token", SignIn::token}}};

const Keys<Profile>& keys() {
  using P = Profile;
  using settings_file::choice;
  using settings_file::number;
  static const Keys<P> all = {
      {"tenant", "id or domain", "as the token says",
       "The tenant, as contoso.onmicrosoft.com or by its id. Needed by every sign-in but "
       "managed-identity and token; where it is an id, a token of another tenant is refused.",
       text(&P::tenant)},
      {"cloud", "worldwide, gcc, gcc-high, dod or china", "",
       "Which Microsoft cloud; decides the hosts.", choice(&P::cloud, live_clouds)},
      {"sign_in",
       "client-secret, certificate, workload-identity, managed-identity, device-code or token", "",
       "How to sign in.", choice(&P::sign_in, sign_in_names)},
      {"client_id", "id", "",
       "Application (client) id of the app registration; for a managed identity the id of a "
       "user-assigned one.",
       text(&P::client_id)},
      {"client_secret_env", "name", "POSTERN_CLIENT_SECRET",
       "Environment variable that holds the client secret.", text(&P::client_secret_env)},
      {"client_secret_file", "path", "",
       "File that holds the client secret, readable by its owner alone. With neither, the secret "
       "is asked for at the terminal.",
       text(&P::client_secret_file)},
      {"certificate", "path", "required for certificate",
       "PEM (with the key, or see private_key) or PKCS#12.", text(&P::certificate)},
      {"private_key", "path", "in the certificate's file", "PEM of the key.",
       text(&P::private_key)},
      {"certificate_password_env", "name", "POSTERN_CERTIFICATE_PASSWORD",
       "Environment variable that holds the password of the key.",
       text(&P::certificate_password_env)},
      {"certificate_password_file", "path", "",
       "File that holds the password of the key, readable by its owner alone.",
       text(&P::certificate_password_file)},
      {"federated_token_file", "path", "$AZURE_FEDERATED_TOKEN_FILE",
       "File of the workload's own token; read anew for every sign-in, since it changes.",
       text(&P::federated_token_file)},
      {"token_env", "name", "POSTERN_ACCESS_TOKEN",
       "Environment variable that holds an access token made elsewhere.", text(&P::token_env)},
      {"token_file", "path", "", "File that holds an access token, readable by its owner alone.",
       text(&P::token_file)},
      {"token_descriptor", "number", "none",
       "Open file descriptor from which to read an access token.",
       number(&P::token_descriptor, 0, std::numeric_limits<int>::max())},
      {"login_host", "https address", "the cloud's", "Where tokens come from.",
       host(&P::login_host)},
      {"exchange_host", "https address", "the cloud's", "Exchange Online.",
       host(&P::exchange_host)},
      {"graph_host", "https address", "the cloud's", "Microsoft Graph.", host(&P::graph_host)},
      {"identity_host", "address", "http://169.254.169.254",
       "Azure's instance metadata service. IDENTITY_ENDPOINT, where set, wins.",
       host(&P::identity_host, true)},
      {"ca_bundle", "path", "$CURL_CA_BUNDLE, $SSL_CERT_FILE or the system's",
       "PEM file of the certificate authorities to trust.", text(&P::ca_bundle)},
      {"timeout", "seconds", "", "How long one request may take, up to 600.",
       number(&P::timeout, 1, 600)},
  };
  return all;
}

// What somebody in a hurry would write.
Error stranger(std::string_view key) {
  if (key == "client_secret" || key == "secret" || key == "password" || key == "token" ||
      key == "certificate_password" || key == "access_token") {
    return {fmt::format("'{}': secrets do not stand in this file", key), "",
            "take it out, change that secret, and name client_secret_env, client_secret_file or "
            "their like"};
  }
  return {};
}

using Profiles = std::vector<Profile>;

const settings_file::Layout<Profiles>& layout() {
  static const settings_file::Layout<Profiles> all{
      "profiles are written as [profile.NAME]; see docs/live.md",
      {settings_file::named_tables<Profiles>(
          "profile", "One for each live tenant.", keys(), [](auto& p) -> auto& { return p; })},
      stranger};
  return all;
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

}  // namespace

std::string_view name_of(SignIn sign_in) noexcept {
  for (const auto& [name, meaning] : sign_in_names) {
    if (meaning == sign_in) return name;
  }
  return {};
}

Hosts Profile::hosts() const {
  const policy::CloudRow& row = policy::row_of(cloud);
  Hosts hosts{std::string(row.sign_in), std::string(row.exchange), std::string(row.graph)};
  if (!login_host.empty()) hosts.login = login_host;
  if (!exchange_host.empty()) hosts.exchange = exchange_host;
  if (!graph_host.empty()) hosts.graph = graph_host;
  return hosts;
}

Result<std::vector<Profile>> parse_profiles(std::string_view text, const std::string& file) {
  auto profiles = layout().parse(text, file);
  if (!profiles) return profiles;
  for (const Profile& profile : *profiles) {
    if (auto done = complete(profile); !done) return tl::unexpected(done.error());
  }
  return profiles;
}

namespace {

// Who may write a profile sends the secret to a host of his own.
Result<void> written_by_owner_alone(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) return {};
  if ((about.st_mode & 022) != 0) {
    return fail(fmt::format("can be written by others (mode {:04o})", about.st_mode & 07777), path,
                fmt::format("chmod go-w {}", path));
  }
  if (about.st_uid != 0 && about.st_uid != ::geteuid()) {
    return fail("belongs to somebody else", path, "take a file of your own");
  }
  return {};
}

}  // namespace

std::string usual_config_file(const Surroundings& around) {
  const std::string xdg = around.environment("XDG_CONFIG_HOME").value_or("");
  // The XDG Base Directory Specification: a relative path counts as not set.
  if (xdg.starts_with('/')) return xdg + "/postern/config.toml";
  return around.environment("HOME").value_or("") + "/.config/postern/config.toml";
}

Result<Profile> find_profile(const std::string& name, const std::string& file,
                             const Surroundings& around) {
  const std::string path = file.empty() ? usual_config_file(around) : file;
  const auto text = files::read_whole(path, largest_file);
  if (!text) {
    return fail(
        fmt::format("live:{} needs a profile, and the file {}", printable(name), text.error().what),
        path,
        "write [profile.NAME] there, or name another file with --config; " + std::string(manual));
  }
  if (auto own = written_by_owner_alone(path); !own) return tl::unexpected(own.error());
  auto profiles = parse_profiles(*text, path);
  if (!profiles) return tl::unexpected(profiles.error());
  std::string known;
  for (Profile& profile : *profiles) {
    if (profile.name == name) return std::move(profile);
    append_item(known, profile.name);
  }
  return fail(fmt::format("no profile '{}'", printable(name)), path,
              known.empty() ? "write [profile." + printable(name) + "] there"
                            : "there are: " + printable(known));
}

std::string describe_profile_keys() {
  return layout().describe("profile");
}

}  // namespace postern::exchange
