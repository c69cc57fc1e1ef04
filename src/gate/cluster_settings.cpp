#include "gate/cluster_settings.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <utility>

#include "gate/settings_keys.hpp"

namespace postern::gate {
namespace {

using settings_file::Value;
constexpr std::int64_t most_rows = 1000000000;

// What stands in subjects and keys of the servers: no dot, no wildcard, no space.
std::string read_gate_name(const Value& value, std::string& into) {
  constexpr const char* wrong =
      "must be 1 to 64 of a to z, 0 to 9 and '-': it stands in subjects of the servers";
  if (value.kind != Value::Kind::text || value.text.empty() || value.text.size() > 64) return wrong;
  for (const char c : value.text) {
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') return wrong;
  }
  into = value.text;
  return {};
}

std::string read_servers(const Value& value, std::vector<std::string>& into) {
  std::string wrong = settings_file::read_texts(value, into);
  if (wrong.empty() && into.empty()) wrong = "must name a server";
  for (const std::string& server : into) {
    const auto scheme = server.find("://");
    const std::string_view before = std::string_view(server).substr(0, scheme);
    if (scheme != std::string::npos && before != "nats" && before != "tls") {
      wrong = "must be like \"nats://mail1.example:4222\" or \"tls://mail1.example:4222\"";
    }
    if (server.find('@') != std::string::npos) {
      wrong = "must not hold a user: a password has a file of its own (user, password_file)";
    }
  }
  return wrong;
}

}  // namespace

bool ClusterSettings::wants_tls() const noexcept {
  return !ca.empty() || !certificate.empty() ||
         std::any_of(servers.begin(), servers.end(),
                     [](const std::string& server) { return server.starts_with("tls://"); });
}

const settings_file::Keys<ClusterSettings>& cluster_keys() {
  using C = ClusterSettings;
  using settings_file::Counts;
  using settings_file::flag;
  using settings_file::line;
  using settings_file::member;
  using settings_file::required;
  static const settings_file::Keys<C> keys = {
      {"servers", "list of addresses", required,
       "NATS servers with JetStream: \"nats://mail1.example:4222\", or "
       "\"tls://mail1.example:4222\" "
       "under TLS. Tried in an order by chance.",
       member(&C::servers, read_servers, settings_file::write_texts), Counts::from_start},
      {"gate", "text", "the first label of host_name",
       "This gate's name among the others: a to z, 0 to 9 and '-'. No two gates share one. Without "
       "it, a host_name that begins with localhost stands for none, and is refused.",
       member(&C::gate, read_gate_name, settings_file::write_text), Counts::from_start},
      {"nkey_file", "path", "", "The seed of this gate's user (\"SU...\"), in a file.",
       line(&C::nkey_file), Counts::from_start},
      {"user", "text", "", "In place of a seed, with password_file.", line(&C::user),
       Counts::from_start},
      {"password_file", "path", "", "Its first line is the user's password.",
       line(&C::password_file), Counts::from_start},
      {"ca", "path", "the system's", "PEM bundle that the servers are verified against, under TLS.",
       line(&C::ca), Counts::from_start},
      {"certificate", "path", "", "Shown to the servers, PEM, with its chain. Asks for TLS.",
       line(&C::certificate), Counts::from_start},
      {"key", "path", "in the certificate's file", "PEM.", line(&C::key), Counts::from_start},
      {"inbox_prefix", "text", "",
       "Where answers of the servers arrive. A user whose permissions name another prefix needs it "
       "here.",
       line(&C::inbox_prefix), Counts::from_start},
      {"snapshot", "path", "",
       "The last good policy of the cluster, from which the gate serves while no server can be "
       "reached.",
       line(&C::snapshot), Counts::from_start},
      {"keep_rows", "number", "",
       "Records of the ledger that may wait until the servers take them; beyond it the oldest are "
       "not sent, and counted.",
       settings_file::number(&C::keep_rows, 1000, most_rows), Counts::from_start},
      {"keep_bytes", "size", "", "Likewise, in octets.",
       settings_file::size(&C::keep_bytes, 4096, std::size_t{1} << 40), Counts::from_start},
      {"allow_old_server", "true or false", "",
       "Take servers older than 2.12.7 too, which lose what they acknowledged or let one tenant "
       "harm another.",
       flag(&C::allow_old_server), Counts::from_start},
  };
  return keys;
}

void check_cluster(const ClusterSettings& s, std::vector<Error>& faults) {
  const auto fault = [&](std::string what, std::string remedy) {
    faults.push_back({std::move(what), s.where, std::move(remedy)});
  };
  if (s.user.empty() != s.password_file.empty()) {
    fault("user and password_file go together", "add the other, or use nkey_file");
  }
  if (!s.user.empty() && !s.nkey_file.empty()) {
    fault("both a user and a seed", "keep user and password_file, or nkey_file");
  }
  if (!s.key.empty() && s.certificate.empty()) {
    fault("a key without its certificate", "add certificate");
  }
  if (s.snapshot.empty()) fault("a snapshot without its file", "leave the key out, or name a file");
}

void settle_cluster_paths(ClusterSettings& s, const std::string& file) {
  const auto folder = std::filesystem::path(file).parent_path();
  for (std::string* path :
       {&s.nkey_file, &s.password_file, &s.ca, &s.certificate, &s.key, &s.snapshot}) {
    if (!path->empty()) *path = (folder / *path).lexically_normal().string();
  }
}

}  // namespace postern::gate
