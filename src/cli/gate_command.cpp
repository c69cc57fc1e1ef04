// postern gate [gate.toml]: refuses Direct Send in front of a mail server.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/join.hpp"
#include "cli/command.hpp"
#include "cli/gate_options.hpp"
#include "cli/gate_verdicts.hpp"
#include "cli/gate_watch.hpp"
#include "cli/usable_cores.hpp"
#include "cli/version.hpp"
#include "cluster/connection.hpp"
#include "cluster/policy_source.hpp"
#include "gate/gate.hpp"
#include "gate/live_authenticator.hpp"
#include "gate/make_config.hpp"
#include "gate/policy_source.hpp"
#include "gate/start.hpp"
#include "gate/systemd.hpp"
#include "judge/judge.hpp"
#include "page/running.hpp"
#include "page/site.hpp"
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
  if (settings.tenants.empty() && !settings.cluster.is_there()) {
    return tl::unexpected(Errors{{"no tenant is named", a.file.empty() ? "--tenant" : a.file,
                                  "name a tenant.toml or an export of Exchange's settings"}});
  }
  return settings;
}

tl::expected<std::vector<tenant::Configuration>, Errors> read_tenants(
    const std::vector<std::string>& paths) {
  std::vector<tenant::Configuration> tenants;
  Errors faults;
  for (const std::string& path : paths) {
    auto loaded = tenant::load(path);
    if (loaded) {
      tenants.push_back(std::move(*loaded));
    } else {
      faults.push_back(loaded.error());
    }
  }
  if (!faults.empty()) return tl::unexpected(std::move(faults));
  return tenants;
}

// Tenants in files, which change when an administrator says so.
class TenantFiles final : public gate::PolicySource {
 public:
  explicit TenantFiles(std::vector<std::string> paths) : paths_(std::move(paths)) {}

  tl::expected<Judgement, Errors> load(const judge::Settings& settings) override {
    auto read = read_tenants(paths_);
    if (!read) return tl::unexpected(read.error());
    std::vector<policy::Tenant> tenants;
    for (tenant::Configuration& each : *read)
      tenants.push_back(std::move(each.tenant));
    return judge::Judge::make(tenants, settings);
  }
  void follow(std::function<void(Judgement)>) override {}
  void stop() override {}

 private:
  std::vector<std::string> paths_;
};

// The tenants are those of the cluster.
bool shares_policy(const gate::Settings& settings) {
  return settings.tenants.empty() && settings.cluster.is_there();
}

// Null: tenants are files.
std::unique_ptr<cluster::ClusterPolicy> cluster_policy(const gate::Settings& settings,
                                                       const std::string& gate, bool patient,
                                                       gate::Metrics& metrics,
                                                       gate::EventLog& log) {
  if (!shares_policy(settings)) return nullptr;
  cluster::PolicyOptions options;
  options.cluster = settings.cluster;
  options.gate = gate;
  options.version = version;
  options.patient = patient;
  if (!settings.ledger.file.empty()) {
    options.waiting = [&metrics] { return metrics.verdicts.waiting.value(); };
  }
  return std::make_unique<cluster::ClusterPolicy>(std::move(options), metrics.policy, log);
}

tl::expected<Config, Errors> config_of(const gate::Settings& settings, gate::PolicySource* shared) {
  if ((shared != nullptr) != shares_policy(settings)) {
    return tl::unexpected(Errors{
        {"tenants of files and of a cluster change places", settings.file, "start the gate anew"}});
  }
  TenantFiles files(settings.tenants);
  gate::PolicySource& source = shared != nullptr ? *shared : files;
  return gate::make_config(settings, source.load(settings.judge));
}

// The same for a gate with a page, which shows the tenants and changes what they are judged by.
tl::expected<page::Loaded, Errors> load_for_page(const GateArguments& a) {
  auto settings = settings_of(a);
  if (!settings) return tl::unexpected(settings.error());
  auto tenants = read_tenants(settings->tenants);
  if (!tenants) return tl::unexpected(tenants.error());
  return page::Loaded{std::move(*settings), std::move(*tenants)};
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// What a service manager says of the sockets that it passes.
std::map<std::string, std::string> passed_by_manager() {
  std::map<std::string, std::string> environment;
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) {
    const std::string value = variable(name);
    if (!value.empty()) environment[name] = value;
  }
  return environment;
}

gate::Weight least_of(gate::LogLevel level) noexcept {
  switch (level) {
    case gate::LogLevel::quiet:
      return gate::Weight::fault;
    case gate::LogLevel::normal:
      return gate::Weight::outcome;
    case gate::LogLevel::all:
      break;
  }
  return gate::Weight::session;
}

void print_remarks(const std::vector<std::string>& remarks) {
  for (const std::string& remark : remarks)
    fmt::print(stderr, "postern: note: {}\n", remark);
}

// Each session is a descriptor, and the soft limit is made for programs that use select().
void allow_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

// What a gate begins with.
struct Begun {
  gate::Settings settings;
  std::string gate;  // its name among those of the cluster, where there is one
  // What counts and what is logged, from the first look at a cluster on.
  std::unique_ptr<gate::Metrics> metrics;
  std::unique_ptr<gate::EventLog> log;
  std::unique_ptr<cluster::ClusterPolicy> shared;  // null: tenants are files
  Config config;
  std::unique_ptr<page::Running> running;  // of a gate with a page; else null
};

// Asked twice: before the servers are, and as the user that the gate becomes, who will read the
// files again for each connection.
Result<void> can_sign_in(const gate::Settings& settings) {
  return settings.cluster.is_there() ? cluster::check_sign_in(settings.cluster) : Result<void>{};
}

tl::expected<Begun, Errors> begin(const GateArguments& a) {
  auto settings = settings_of(a);
  if (!settings) return tl::unexpected(settings.error());
  Begun begun;
  begun.settings = std::move(*settings);
  if (begun.settings.cluster.is_there()) {
    if (!cluster::is_built()) {
      return tl::unexpected(
          Errors{{"this postern was built without libnats", begun.settings.file + ": [cluster]",
                  "build it where libnats is, or leave [cluster] away"}});
    }
    auto name = name_among_gates(begun.settings);
    if (!name) return tl::unexpected(Errors{name.error()});
    begun.gate = std::move(*name);
    if (auto good = can_sign_in(begun.settings); !good) {
      return tl::unexpected(Errors{good.error()});
    }
  }
  begun.metrics = std::make_unique<gate::Metrics>();
  begun.log = std::make_unique<gate::EventLog>(a.check ? -1 : STDERR_FILENO, wall_clock,
                                               least_of(begun.settings.log_level));
  if (!begun.settings.page.open()) {
    // A start waits for servers that come up with it; whoever checks wants to know it now.
    const bool patient = !a.check;
    begun.shared = cluster_policy(begun.settings, begun.gate, patient, *begun.metrics, *begun.log);
    auto config = config_of(begun.settings, begun.shared.get());
    if (!config) return tl::unexpected(config.error());
    begun.config = std::move(*config);
    return {std::move(begun)};
  }
  // What was set at the page stays where the gate began to keep it.
  const std::string state_file = begun.settings.page.state_file;
  auto running = page::Running::start([a, state_file] {
    auto loaded = load_for_page(a);
    if (loaded && loaded->settings.page.open()) loaded->settings.page.state_file = state_file;
    return loaded;
  });
  if (!running) return tl::unexpected(running.error());
  const auto now = (*running)->now();
  begun.settings = now->settings;
  begun.config = now->config;
  begun.running = std::move(*running);
  return {std::move(begun)};
}

// What people see at the admin listener, as long as it is there.
void show_page(gate::Start& started, page::Running& running, const gate::Metrics& metrics,
               gate::EventLog& log, const Environment& around) {
  if (!started.admin || !started.admin->has_page()) return;
  page::Surroundings site{running, metrics, log, wall_clock, around.seed, {}, nullptr};
  if (started.ledger) {
    site.ledger = running.now()->settings.ledger.file;
    site.keep = [&ledger = *started.ledger](ledger::Change change) {
      ledger.add(std::move(change));
    };
  }
  started.admin->show(page::make_site(std::move(site)));
}

// Everything once more, as the administrator's files are now. Nothing counts before all is good.
tl::expected<Config, Errors> reload(const GateArguments& a, const Begun& begun,
                                    gate::EventLog& log) {
  const auto read = settings_of(a);
  if (!read) return tl::unexpected(read.error());
  const auto folders = gate::take_folders(*read, gate::Purpose::serve);
  if (!folders) return tl::unexpected(Errors{folders.error()});
  auto again = begun.running ? begun.running->reload() : config_of(*read, begun.shared.get());
  if (!again) return again;
  for (const std::string& key : gate::waiting_for_start(begun.settings, *read)) {
    log.write(gate::LogLine("waits_for_start", gate::Weight::fault)
                  .add("key", key)
                  .add("why",
                       "differs from what the gate began with, and counts from the next "
                       "start on"));
  }
  if (begun.running) {
    for (const std::string& remark : begun.running->now()->left_aside)
      log.write(gate::LogLine("page_state", gate::Weight::fault).add("why", remark));
  }
  return again;
}

int serve(const GateArguments& a, const Begun& begun, const Environment& around) {
  const gate::Settings& settings = begun.settings;
  allow_descriptors();
  gate::Metrics& metrics = *begun.metrics;
  gate::EventLog& log = *begun.log;
  auto started =
      gate::start(settings, gate::Purpose::serve, passed_by_manager(), log, metrics, wall_clock);
  if (!started) return report_error(started.error());
  if (auto good = can_sign_in(settings); !good) return report_error(good.error());
  print_remarks(started->remarks);
  std::string addresses;
  for (const gate::Listening& each : started->sockets) {
    append_item(addresses, (each.door == judge::Door::milter ? "milter " : "") + each.address);
  }
  if (started->admin) addresses += ", metrics http://" + started->admin->address() + "/metrics";
  if (started->admin && started->admin->has_page()) {
    addresses += ", page http://" + started->admin->address() + "/";
  }
  const std::string manager = variable("NOTIFY_SOCKET");
  gate::GateHooks hooks;
  hooks.ready = [&] {
    // Until here it says that the gate is starting: nothing would take a change.
    if (begun.running) show_page(*started, *begun.running, metrics, log, around);
    // Tests and scripts read this line.
    fmt::print("postern gate listens on {}\n", addresses);
    std::fflush(stdout);
    gate::notify(manager, "READY=1");
  };
  hooks.stopping = [&] { gate::notify(manager, "STOPPING=1"); };
  hooks.reload = [&]() -> tl::expected<Config, Errors> {
    gate::notify(manager, "RELOADING=1");
    auto again = reload(a, begun, log);
    gate::notify(manager, "READY=1");
    return again;
  };
  if (started->ledger) {
    hooks.keep = [&ledger = *started->ledger](std::vector<ledger::Record> records) {
      ledger.add(std::move(records));
    };
  }
  auto verdicts = send_verdicts(settings, begun.gate, log, metrics);
  if (!verdicts) return report_error(verdicts.error());
  const gate::LiveAuthenticatorOptions resolving{
      .resolver = settings.resolver, .now = wall_clock, .seed = around.seed};
  hooks.authenticator = [&](boost::asio::io_context& loop) {
    // The resolver's settings were tried before; what fails now leaves mail unauthenticated.
    auto made = gate::live_authenticator(loop, resolving);
    return made ? std::move(*made) : nullptr;
  };
  hooks.policy = begun.shared.get();
  gate::GateOptions options;
  options.seed = around.seed;
  options.threads = settings.threads != 0 ? settings.threads : std::min(usable_cores(), 16u);
  options.drain = settings.drain_time;
  if (begun.running) options.control = &begun.running->control();
  const auto served =
      gate::run_gate(started->sockets, begun.config, options, hooks, log, wall_clock, metrics);
  // Nobody adds to the ledger any more; its last rows are written before they are sent.
  started->admin.reset();
  started->ledger.reset();
  verdicts->reset();
  return served ? holds : report_error(served.error());
}

int run(const GateArguments& a, const Environment& around) {
  if (a.keys) {
    fmt::print("{}", gate::describe_settings());
    return holds;
  }
  if (a.watch) {
    const auto settings = settings_of(a);
    return settings ? watch_gate(a, *settings, around) : report_all(settings.error());
  }
  const auto begun = begin(a);
  if (!begun) return report_all(begun.error());
  print_remarks(begun->config->judge->remarks());
  if (begun->running) print_remarks(begun->running->now()->left_aside);
  if (a.check) {
    const auto checked = gate::start(begun->settings, gate::Purpose::check, {}, *begun->log,
                                     *begun->metrics, wall_clock);
    if (!checked) return report_error(checked.error());
    if (auto good = can_sign_in(begun->settings); !good) return report_error(good.error());
    print_remarks(checked->remarks);
    fmt::print("{}: good\n", a.file.empty() ? "settings" : a.file);
    return holds;
  }
  return serve(a, *begun, around);
}

}  // namespace

void add_gate_command(CLI::App& app, const Environment& environment, int& exit_code) {
  add_command(app, "gate", "Refuse Direct Send in front of any mail server, as a proxy",
              add_gate_options, run, environment, exit_code);
}

}  // namespace postern::cli
