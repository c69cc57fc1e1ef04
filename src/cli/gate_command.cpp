// postern gate: refuses Direct Send in front of a mail server.
#include <cstdlib>
#include <ctime>
#include <map>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/policy_source.hpp"
#include "gate/gate.hpp"
#include "gate/maildir.hpp"
#include "gate/systemd.hpp"

extern char** environ;

namespace postern::cli {
namespace {

struct GateArguments {
  std::string tenant;
  std::vector<std::string> listen{"127.0.0.1:2525"};
  std::vector<std::string> next_hops;
  std::string maildir = "./maildir";
  unsigned threads = 2;
};

UnixTime wall_clock() {
  return std::time(nullptr);
}

std::map<std::string, std::string> variables() {
  std::map<std::string, std::string> found;
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "NOTIFY_SOCKET"}) {
    if (const char* value = std::getenv(name)) found[name] = value;
  }
  return found;
}

Result<std::shared_ptr<const gate::GateConfig>> configure(const GateArguments& a) {
  auto tenant = load_tenant(a.tenant);
  if (!tenant) return tl::unexpected(tenant.error());
  auto config = std::make_shared<gate::GateConfig>();
  char host[256] = "localhost";
  ::gethostname(host, sizeof host - 1);
  config->session.host_name = host;
  auto hops = std::make_shared<gate::NextHopOptions>();
  hops->helo_name = host;
  config->hops = hops;
  gate::Route route;
  route.domains = {"*"};
  for (const std::string& text : a.next_hops) {
    auto hop = gate::NextHop::parse(text);
    if (!hop) return tl::unexpected(hop.error());
    route.hops.push_back(std::move(*hop));
  }
  if (route.hops.empty()) {
    if (auto made = gate::prepare_maildir(a.maildir); !made) return tl::unexpected(made.error());
    route.maildir = a.maildir;
  }
  config->routes = std::make_shared<gate::Routes>(std::vector{std::move(route)});
  return config;
}

int run(const GateArguments& a) {
  auto config = configure(a);
  if (!config) return report_error(config.error());
  const auto environment = variables();
  auto passed = gate::passed_sockets(environment, ::getpid());
  if (!passed) return report_error(passed.error());
  std::vector<gate::Listening> listening;
  for (const gate::PassedSocket& socket : *passed)
    listening.push_back(gate::listening_already(socket.descriptor));
  if (listening.empty()) {
    for (const std::string& address : a.listen) {
      auto bound = gate::listen_on(address);
      if (!bound) return report_error(bound.error());
      listening.push_back(std::move(*bound));
    }
  }
  std::string addresses;
  for (const gate::Listening& each : listening)
    addresses += (addresses.empty() ? "" : ", ") + each.address;
  const auto found = environment.find("NOTIFY_SOCKET");
  const std::string notify_socket = found == environment.end() ? "" : found->second;
  gate::EventLog log(STDERR_FILENO, wall_clock);
  gate::GateHooks hooks;
  hooks.ready = [&] {
    fmt::print("postern gate listens on {}\n", addresses);
    std::fflush(stdout);
    gate::notify(notify_socket, "READY=1");
  };
  hooks.stopping = [&] { gate::notify(notify_socket, "STOPPING=1"); };
  hooks.reload = [&] {
    gate::notify(notify_socket, "RELOADING=1");
    auto again = configure(a);
    gate::notify(notify_socket, "READY=1");
    return again;
  };
  gate::GateOptions options;
  options.threads = a.threads;
  gate::run_gate(std::move(listening), *config, options, hooks, log, wall_clock);
  return holds;
}

}  // namespace

void add_gate_command(CLI::App& app, const Environment& /*environment*/, int& exit_code) {
  auto arguments = std::make_shared<GateArguments>();
  CLI::App* gate = app.add_subcommand("gate", "Refuse Direct Send in front of a mail server");
  gate->add_option("--tenant", arguments->tenant, "Whose domains and connectors")->required();
  gate->add_option("--listen", arguments->listen, "Where to take mail")->type_name("HOST:PORT");
  gate->add_option("--next-hop", arguments->next_hops, "Where to pass mail on")
      ->type_name("HOST:PORT");
  gate->add_option("--maildir", arguments->maildir, "Without a next hop: deliver here")
      ->type_name("DIR");
  gate->add_option("--threads", arguments->threads, "Event loops");
  gate->callback([arguments, &exit_code] { exit_code = run(*arguments); });
}

}  // namespace postern::cli
