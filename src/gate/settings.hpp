// gate.toml: everything that an administrator sets, read and checked, as plain values. What opens
// files or sockets (certificates, tenants, listeners) does so from these.
//
// Every key stands in one table (settings_keys.cpp), from which reading and docs/gate-file.md
// follow.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "base/place.hpp"
#include "base/result.hpp"
#include "gate/cluster_settings.hpp"
#include "judge/settings.hpp"

namespace postern::gate {

enum class LogLevel : std::uint8_t { quiet, normal, all };
enum class AuthUse : std::uint8_t {
  refuse,  ///< AUTH is not offered
  pass,    ///< the next hop of route "*" checks it
};
enum class HopTls : std::uint8_t { never, if_offered, required, verified };

/// [smtp]
struct SmtpSettings {
  bool open = false;                  ///< [smtp] is there; it may listen on passed sockets alone
  std::vector<std::string> listen;    ///< "127.0.0.1:2525", "[::]:25", ":25"; empty: no SMTP door
  std::vector<Prefix> proxy_peers;    ///< begin with a PROXY header
  std::vector<Prefix> xclient_peers;  ///< may say XCLIENT
  std::chrono::milliseconds greeting_delay{0};
  bool require_tls = false;
  AuthUse auth = AuthUse::refuse;
  std::vector<std::string> auth_mechanisms{"PLAIN", "LOGIN"};
  bool auth_in_clear = false;
  bool smtputf8 = true;
};

/// [tls]: of the SMTP door. Certificate empty: no STARTTLS.
struct TlsSettings {
  std::string certificate;  ///< PEM, the chain in one file
  std::string key;          ///< PEM; empty: in the certificate's file
  std::string client_ca;    ///< PEM; empty: the system's
};

/// [limits]
struct LimitSettings {
  std::size_t connections = 20000;
  std::size_t connections_per_client = 100;
  std::size_t connection_rate = 0;  ///< a minute and client; 0: none
  std::size_t message_rate = 0;
  std::size_t message_size = 157286400;
  std::size_t header_size = 262144;
  std::size_t line_size = 1048576;
  std::size_t recipients = 1000;
  std::size_t refused_recipients = 100;
  std::size_t errors = 10;
  std::size_t commands = 10000;
  std::size_t messages = 1000;
  std::chrono::seconds command_time{300};
  std::chrono::seconds block_time{180};
  std::chrono::seconds message_time{1800};
  std::chrono::seconds session_time{14400};
  std::chrono::seconds handshake_time{30};
};

/// [next_hop]: how next hops are spoken to, for every route.
struct HopSettings {
  std::string helo_name;  ///< empty: host_name
  std::chrono::seconds connect_time{30};
  std::chrono::seconds command_time{120};
  std::chrono::seconds message_time{600};
  std::chrono::seconds block_time{180};
  std::chrono::seconds idle_time{20};
  std::chrono::seconds avoid_time{15};
  std::size_t most_idle = 50;
  std::string ca;           ///< PEM that next hops are verified against; empty: the system's
  std::string certificate;  ///< shown to next hops that ask
  std::string key;
};

/// [[route]]
struct RouteSettings {
  std::vector<std::string> domains{"*"};  ///< normal form; ".example.com" those below; "*" the rest
  std::vector<std::string> next_hops;     ///< "mail.example:25", "lmtp:unix:/run/dovecot/lmtp"
  std::string maildir;                    ///< instead of next hops
  HopTls tls = HopTls::if_offered;
  bool xclient = true;
  Place where;
};

/// [milter]
struct MilterSettings {
  std::vector<std::string> listen;  ///< "inet:8891@127.0.0.1", "127.0.0.1:8891", "unix:/run/x"
  unsigned socket_mode = 0660;      ///< of a unix socket
  std::string socket_group;         ///< empty: the process's own
  std::size_t connections = 1000;
  std::chrono::seconds idle_time{7210};  ///< Sendmail's own for a session
};

/// [ledger]
struct LedgerSettings {
  std::string file;              ///< empty: no ledger
  unsigned retention_days = 90;  ///< 0: for ever
  std::string hash_key_file;     ///< set: local parts are kept as keyed hashes
  std::size_t queue = 100000;    ///< records waiting to be written
};

/// [page]: the page that people look at, on admin_listen. Without a token file there is none.
struct PageSettings {
  std::string token_file;          ///< what people sign in with
  std::string state_file;          ///< what they changed; empty where there is no page
  std::vector<std::string> hosts;  ///< further names that it is asked for by
  std::string senders;             ///< senders.toml: what is known of senders; may be empty

  [[nodiscard]] bool open() const noexcept { return !token_file.empty(); }
};

struct Settings {
  /// Files or folders, relative ones to the file's folder; empty: the policy of the cluster.
  std::vector<std::string> tenants;
  std::string host_name;  ///< empty: the system's
  unsigned threads = 0;   ///< 0: one a processor
  std::string resolver;   ///< to ask DNS; empty: as /etc/resolv.conf says
  std::string user;       ///< to become after the sockets are open; empty: stay
  std::string group;      ///< empty: the user's
  std::chrono::seconds drain_time{30};
  LogLevel log_level = LogLevel::normal;
  std::size_t hold_memory = 262144;
  std::string hold_folder;
  std::string admin_listen;  ///< "127.0.0.1:9125"; empty: none. Loopback only
  bool locked = false;       ///< the page changes no mode

  judge::Settings judge;
  SmtpSettings smtp;
  TlsSettings tls;
  LimitSettings limits;
  HopSettings hops;
  std::vector<RouteSettings> routes;
  MilterSettings milter;
  LedgerSettings ledger;
  ClusterSettings cluster;
  PageSettings page;
  std::string file;  ///< where this was read; empty: nowhere
};

/// Reads gate.toml; `name` stands for the file in messages and gives the folder of relative paths.
/// Errors, all located: not TOML, an unknown key, a value of the wrong kind or out of range,
/// contradictions (no door, an SMTP door without a route, a key without its certificate).
tl::expected<Settings, std::vector<Error>> parse_settings(std::string_view text,
                                                          const std::string& name);
/// The same for a file. Errors also: not there, not permitted.
tl::expected<Settings, std::vector<Error>> read_settings(const std::string& path);

/// The keys that a gate which began with `running` goes on with as they were, although `read` has
/// another value: "threads", "[ledger] file".
std::vector<std::string> waiting_for_start(const Settings& running, const Settings& read);

/// docs/gate-file.md.
std::string describe_settings();

std::string_view name_of(AuthUse) noexcept;
std::string_view name_of(HopTls) noexcept;  ///< "never", "if-offered", "required", "verified"

}  // namespace postern::gate
