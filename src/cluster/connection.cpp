#include "cluster/connection.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "cluster/nats.hpp"
#include "cluster/nkey.hpp"
#include "files/whole_file.hpp"

namespace postern::cluster {
namespace {

using gate::ClusterSettings;
using Options = std::unique_ptr<natsOptions, Destroyer<&natsOptions_Destroy>>;

constexpr std::int64_t connect_time = 3000;  // ms
constexpr std::int64_t ping_time = 2000;     // ms; two without answer: lost

Result<std::string> first_line(const std::string& path) {
  constexpr std::size_t most = 4096;
  auto text = files::read_whole(path, most);
  if (!text) return text;
  const std::string line(trim(std::string_view(*text).substr(0, text->find('\n'))));
  if (line.empty()) return fail("its first line is empty", path);
  return line;
}

// The seed in a file may have comments and frames around it; it is the word that begins with SU.
Result<std::string> seed_in(const std::string& path) {
  constexpr std::size_t most = 65536;
  auto text = files::read_whole(path, most);
  if (!text) return text;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const std::string_view line = trim(rest.substr(0, end));
    if (line.starts_with("SU")) return std::string(line);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return fail("holds no seed of a user", path, "a seed begins with SU");
}

// Gathers the first refusal of the library.
class Refusals {
 public:
  void operator()(natsStatus status, const char* key) {
    if (status != NATS_OK && first_.empty()) {
      const char* detail = nats_GetLastError(nullptr);
      first_ = fmt::format("{}: {}", key, detail != nullptr ? detail : natsStatus_GetText(status));
    }
  }
  [[nodiscard]] const std::string& first() const noexcept { return first_; }

 private:
  std::string first_;
};

Result<void> sign_in_by(natsOptions* options, const ClusterSettings& s, Refusals& refused) {
  if (!s.nkey_file.empty()) {
    const auto seed = seed_in(s.nkey_file);
    if (!seed) return tl::unexpected(seed.error());
    const auto key = public_key_of(*seed, s.nkey_file);
    if (!key) return tl::unexpected(key.error());
    refused(natsOptions_SetNKeyFromSeed(options, key->c_str(), s.nkey_file.c_str()), "nkey_file");
  } else if (!s.user.empty()) {
    const auto password = first_line(s.password_file);
    if (!password) return tl::unexpected(password.error());
    refused(natsOptions_SetUserInfo(options, s.user.c_str(), password->c_str()), "user");
  }
  return {};
}

void secure(natsOptions* options, const ClusterSettings& s, Refusals& refused) {
  refused(natsOptions_SetSecure(options, true), "tls");
  if (!s.ca.empty()) {
    refused(natsOptions_LoadCATrustedCertificates(options, s.ca.c_str()), "ca");
  }
  if (!s.certificate.empty()) {
    const std::string& key = s.key.empty() ? s.certificate : s.key;
    refused(natsOptions_LoadCertificatesChain(options, s.certificate.c_str(), key.c_str()),
            "certificate");
  }
}

Result<Options> options_for(const ClusterSettings& s, const std::string& server,
                            const std::string& name) {
  natsOptions* made = nullptr;
  if (natsOptions_Create(&made) != NATS_OK) return fail("libnats has no memory", server);
  Options options(made);
  Refusals refused;
  refused(natsOptions_SetURL(made, server.c_str()), "servers");
  refused(natsOptions_SetName(made, name.c_str()), "name");
  refused(natsOptions_SetTimeout(made, connect_time), "timeout");
  // A lost connection is told at once, and made anew by whoever holds it: the next server's version
  // is asked like the first one's.
  refused(natsOptions_SetAllowReconnect(made, false), "reconnect");
  refused(natsOptions_SetPingInterval(made, ping_time), "ping");
  refused(natsOptions_SetMaxPingsOut(made, 2), "pings");
  refused(natsOptions_UseGlobalMessageDelivery(made, true), "delivery");
  refused(natsOptions_SetCustomInboxPrefix(made, s.inbox_prefix.c_str()), "inbox_prefix");
  if (const auto done = sign_in_by(made, s, refused); !done) return tl::unexpected(done.error());
  if (s.wants_tls()) secure(made, s, refused);
  if (!refused.first().empty()) return fail(refused.first(), s.where, "see [cluster]");
  return options;
}

}  // namespace

Connection::Handle::~Handle() {
  if (jetstream != nullptr) jsCtx_Destroy(jetstream);
  if (connection != nullptr) natsConnection_Destroy(connection);
}

Error nats_error(natsStatus status, const std::string& what, const Connection& connection) {
  const char* detail = status == NATS_OK ? nullptr : nats_GetLastError(nullptr);
  const bool said = detail != nullptr && *detail != '\0';
  return {fmt::format("{} ({})", what, said ? printable(detail) : natsStatus_GetText(status)),
          connection.address(), ""};
}

Connection::Connection(std::unique_ptr<Handle> handle, ServerInfo server, std::string address)
    : handle_(std::move(handle)), server_(std::move(server)), address_(std::move(address)) {}

Connection::~Connection() = default;

Result<std::unique_ptr<Connection>> Connection::open(const ClusterSettings& settings,
                                                     const std::string& name) {
  std::vector<std::string> servers = settings.servers;
  std::random_device chance;
  std::shuffle(servers.begin(), servers.end(), chance);
  std::optional<Error> refused;
  std::optional<Error> away;
  for (const std::string& server : servers) {
    auto info = ask_info(server, std::chrono::milliseconds(connect_time));
    if (!info) {
      away = info.error();
      continue;
    }
    if (const auto good = fit(*info, server, settings.allow_old_server); !good) {
      refused = good.error();
      continue;
    }
    const auto options = options_for(settings, server, name);
    if (!options) return tl::unexpected(options.error());
    auto handle = std::make_unique<Handle>();
    natsStatus status = natsConnection_Connect(&handle->connection, options->get());
    if (status == NATS_OK) {
      jsOptions waiting;
      jsOptions_Init(&waiting);
      waiting.Wait = answer_time;
      status = natsConnection_JetStream(&handle->jetstream, handle->connection, &waiting);
    }
    std::unique_ptr<Connection> connection(
        new Connection(std::move(handle), std::move(*info), server));
    if (status == NATS_OK) return connection;
    away = nats_error(status, "can't be signed in at", *connection);
  }
  return tl::unexpected(refused ? *refused : away ? *away : Error{"no server is named", "", ""});
}

bool Connection::alive() const noexcept {
  return natsConnection_Status(handle_->connection) == NATS_CONN_STATUS_CONNECTED;
}

Result<void> Connection::flush() {
  const natsStatus status = natsConnection_FlushTimeout(handle_->connection, answer_time);
  if (status != NATS_OK) return tl::unexpected(nats_error(status, "does not answer", *this));
  return {};
}

Result<void> check_sign_in(const ClusterSettings& settings) {
  const auto options = options_for(settings, settings.servers.front(), "postern");
  if (!options) return tl::unexpected(options.error());
  return {};
}

bool is_built() noexcept {
  return true;
}

}  // namespace postern::cluster
