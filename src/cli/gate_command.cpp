// postern gate [gate.toml]: refuses Direct Send in front of a mail server.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <grp.h>
#include <map>
#include <memory>
#include <pwd.h>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "auth/unbound_resolver.hpp"
#include "base/join.hpp"
#include "cli/command.hpp"
#include "cli/gate_options.hpp"
#include "cli/policy_source.hpp"
#include "gate/admin.hpp"
#include "gate/gate.hpp"
#include "gate/live_authenticator.hpp"
#include "gate/make_config.hpp"
#include "gate/systemd.hpp"
#include "judge/judge.hpp"
#include "ledger/hash.hpp"
#include "ledger/writer.hpp"
#include "tenant/load.hpp"

namespace postern::cli {
namespace {

using Errors = std::vector<Error>;
using Config = std::shared_ptr<const gate::GateConfig>;

UnixTime wall_clock() {
  return std::time(nullptr);
}

int report_all(const Errors& errors) {
  for (const Error& error : errors)
    (void)report_error(error);
  return bad_input;
}

// The file's settings with the command line's over them; without a file, those of a rehearsal.
tl::expected<gate::Settings, Errors> settings_of(const GateArguments& a) {
  gate::Settings settings;
  if (!a.file.empty()) {
    auto read = gate::read_settings(a.file);
    if (!read) return tl::unexpected(read.error());
    settings = std::move(*read);
  } else {
    settings.smtp.open = true;
    settings.smtp.listen = {"127.0.0.1:2525"};
    gate::RouteSettings route;
    route.maildir = "maildir";
    settings.routes = {route};
  }
  if (!a.tenants.empty()) settings.tenants = a.tenants;
  if (!a.listen.empty()) settings.smtp.listen = a.listen;
  if (!a.maildir.empty()) {
    gate::RouteSettings route;
    route.maildir = a.maildir;
    settings.routes = {route};
  }
  for (const ledger::Mode mode :
       {ledger::Mode::enforce, ledger::Mode::observe, ledger::Mode::tenant, ledger::Mode::off}) {
    if (a.mode == name_of(mode)) settings.judge.mode = mode;
  }
  if (settings.tenants.empty()) {
    return tl::unexpected(Errors{{"no tenant is named", a.file.empty() ? "--tenant" : a.file,
                                  "name a tenant.toml or an export of Exchange's settings"}});
  }
  return settings;
}

tl::expected<Config, Errors> config_of(const gate::Settings& settings) {
  std::vector<policy::Tenant> tenants;
  Errors faults;
  for (const std::string& path : settings.tenants) {
    auto loaded = tenant::load(path);
    if (loaded) {
      tenants.push_back(std::move(loaded->tenant));
    } else {
      faults.push_back(loaded.error());
    }
  }
  if (!faults.empty()) return tl::unexpected(std::move(faults));
  return gate::make_config(settings, tenants);
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Sockets of a service manager (by FileDescriptorName=: "milter", or anything for SMTP) take the
// place of those that the settings name.
Result<std::vector<gate::Listening>> open_sockets(const gate::Settings& settings) {
  std::map<std::string, std::string> environment;
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) {
    const std::string value = variable(name);
    if (!value.empty()) environment[name] = value;
  }
  auto passed = gate::passed_sockets(environment, ::getpid());
  if (!passed) return tl::unexpected(passed.error());
  std::vector<gate::Listening> listening;
  for (const gate::PassedSocket& socket : *passed) {
    listening.push_back(gate::listening_already(socket.descriptor));
    if (socket.name == "milter") listening.back().door = judge::Door::milter;
  }
  if (!listening.empty()) return listening;
  const auto take = [&listening](Result<gate::Listening> bound) -> Result<void> {
    if (!bound) return tl::unexpected(bound.error());
    listening.push_back(std::move(*bound));
    return {};
  };
  for (const std::string& address : settings.smtp.listen) {
    if (auto done = take(gate::listen_on(address)); !done) return tl::unexpected(done.error());
  }
  const gate::MilterSettings& milter = settings.milter;
  for (const std::string& address : milter.listen) {
    auto done = take(gate::listen_for_milter(address, milter.socket_mode, milter.socket_group));
    if (!done) return tl::unexpected(done.error());
  }
  return listening;
}

Result<std::unique_ptr<ledger::Writer>> open_ledger(const gate::LedgerSettings& settings,
                                                    ledger::Counts& counts) {
  if (settings.file.empty()) return nullptr;
  ledger::WriterOptions options;
  options.file = settings.file;
  options.retention_days = settings.retention_days;
  options.queue = settings.queue;
  if (!settings.hash_key_file.empty()) {
    auto key = ledger::read_hash_key(settings.hash_key_file);
    if (!key) return tl::unexpected(key.error());
    options.hash_key = std::move(*key);
  }
  return ledger::Writer::open(std::move(options), counts, wall_clock);
}

Result<std::unique_ptr<gate::AdminPage>> open_admin(const std::string& address,
                                                    const gate::Metrics& metrics) {
  if (address.empty()) return nullptr;
  return gate::AdminPage::open(address, metrics);
}

// For good: no way back to root.
Result<void> become(const std::string& user, const std::string& group) {
  if (user.empty() || ::geteuid() != 0) return {};
  const passwd* account = ::getpwnam(user.c_str());
  if (account == nullptr) return fail("no such user", user, "create it, or change user");
  gid_t gid = account->pw_gid;
  if (!group.empty()) {
    const auto* entry = ::getgrnam(group.c_str());
    if (entry == nullptr) return fail("no such group", group, "create it, or change group");
    gid = entry->gr_gid;
  }
  if (::initgroups(user.c_str(), gid) != 0 || ::setgid(gid) != 0 ||
      ::setuid(account->pw_uid) != 0 || ::setuid(0) == 0) {
    return fail("can't become that user", user);
  }
  return {};
}

// Each session is a descriptor, and the soft limit is made for programs that use select().
void allow_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

int serve(const GateArguments& a, const gate::Settings& settings, const Config& config,
          const Environment& around) {
  allow_descriptors();
  auto listening = open_sockets(settings);
  if (!listening) return report_error(listening.error());
  if (auto done = become(settings.user, settings.group); !done) return report_error(done.error());
  auth::UnboundOptions dns;
  dns.forwarder = settings.resolver;
  if (auto tried = auth::UnboundResolver::open(dns); !tried) return report_error(tried.error());
  gate::Metrics metrics;
  auto ledger = open_ledger(settings.ledger, metrics.ledger);
  if (!ledger) return report_error(ledger.error());
  auto admin = open_admin(settings.admin_listen, metrics);
  if (!admin) return report_error(admin.error());

  std::string addresses;
  for (const gate::Listening& each : *listening) {
    append_item(addresses, (each.door == judge::Door::milter ? "milter " : "") + each.address);
  }
  if (*admin) addresses += ", metrics http://" + (*admin)->address() + "/metrics";
  const std::string manager = variable("NOTIFY_SOCKET");
  gate::EventLog log(settings.log_level == gate::LogLevel::quiet ? -1 : STDERR_FILENO, wall_clock);
  gate::GateHooks hooks;
  hooks.ready = [&] {
    // Tests and scripts read this line.
    fmt::print("postern gate listens on {}\n", addresses);
    std::fflush(stdout);
    gate::notify(manager, "READY=1");
  };
  hooks.stopping = [&] { gate::notify(manager, "STOPPING=1"); };
  hooks.reload = [&]() -> tl::expected<Config, Errors> {
    gate::notify(manager, "RELOADING=1");
    tl::expected<Config, Errors> again;
    if (auto read = settings_of(a)) {
      again = config_of(*read);
    } else {
      again = tl::unexpected(read.error());
    }
    gate::notify(manager, "READY=1");
    return again;
  };
  if (*ledger) {
    hooks.keep = [&ledger](std::vector<ledger::Record> records) {
      (*ledger)->add(std::move(records));
    };
  }
  const gate::LiveAuthenticatorOptions resolving{
      .resolver = settings.resolver, .now = wall_clock, .seed = around.seed};
  hooks.authenticator = [&](boost::asio::io_context& loop) {
    // The resolver's settings were tried before; what fails now leaves mail unauthenticated.
    auto made = gate::live_authenticator(loop, resolving);
    return made ? std::move(*made) : nullptr;
  };
  gate::GateOptions options;
  options.seed = around.seed;
  options.threads = settings.threads != 0
                        ? settings.threads
                        : std::clamp(std::thread::hardware_concurrency(), 1u, 16u);
  options.drain = settings.drain_time;
  gate::run_gate(*listening, config, options, hooks, log, wall_clock, metrics);
  return holds;
}

int run(const GateArguments& a, const Environment& around) {
  if (a.keys) {
    fmt::print("{}", gate::describe_settings());
    return holds;
  }
  const auto settings = settings_of(a);
  if (!settings) return report_all(settings.error());
  const auto config = config_of(*settings);
  if (!config) return report_all(config.error());
  for (const std::string& remark : (*config)->judge->remarks())
    fmt::print(stderr, "postern: note: {}\n", remark);
  if (a.check) {
    fmt::print("{}: good\n", a.file.empty() ? "settings" : a.file);
    return holds;
  }
  return serve(a, *settings, *config, around);
}

}  // namespace

void add_gate_command(CLI::App& app, const Environment& environment, int& exit_code) {
  auto a = std::make_shared<GateArguments>();
  CLI::App* command =
      app.add_subcommand("gate", "Refuse Direct Send in front of any mail server, as a proxy");
  add_gate_options(*command, *a);
  command->callback([a, &environment, &exit_code] { exit_code = run(*a, environment); });
}

}  // namespace postern::cli
