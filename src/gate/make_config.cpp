#include "gate/make_config.hpp"

#include <string>
#include <unistd.h>
#include <utility>

#include "base/domain.hpp"
#include "judge/judge.hpp"

namespace postern::gate {
namespace {

using Tls = smtp::ClientOptions::Tls;

PrefixTable table_of(const std::vector<Prefix>& prefixes) {
  std::vector<std::pair<Prefix, PrefixTable::Value>> entries;
  entries.reserve(prefixes.size());
  for (const Prefix& prefix : prefixes)
    entries.emplace_back(prefix, 0);
  return PrefixTable(entries);
}

Tls tls_of(HopTls use) {
  switch (use) {
    case HopTls::never:
      return Tls::never;
    case HopTls::if_offered:
      return Tls::if_offered;
    case HopTls::required:
    case HopTls::verified:
      break;
  }
  return Tls::required;
}

Result<Route> make_route(const RouteSettings& settings, const HopSettings& hops) {
  Route route;
  route.domains = settings.domains;
  route.maildir = settings.maildir;
  std::shared_ptr<const TlsContext> context;
  if (settings.tls != HopTls::never && !settings.next_hops.empty()) {
    auto made =
        TlsContext::client(hops.ca, settings.tls == HopTls::verified, hops.certificate, hops.key);
    if (!made) return tl::unexpected(made.error());
    context = std::move(*made);
  }
  for (const std::string& text : settings.next_hops) {
    auto hop = NextHop::parse(text);
    if (!hop) {
      Error error = hop.error();
      if (!settings.where.empty()) error.where = settings.where.text() + ' ' + error.where.text();
      return tl::unexpected(std::move(error));
    }
    if (!hop->unix_socket) hop->tls = tls_of(settings.tls);
    hop->context = context;
    hop->xclient = settings.xclient;
    route.hops.push_back(std::move(*hop));
  }
  return route;
}

std::string own_name() {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  auto name = normalise_domain(host);
  return name && !name->empty() ? *name : "localhost";
}

void take_session(const Settings& settings, smtp::ServerOptions& session) {
  const LimitSettings& limits = settings.limits;
  session.require_tls = settings.smtp.require_tls;
  session.auth_in_clear = settings.smtp.auth_in_clear;
  session.smtputf8 = settings.smtp.smtputf8;
  if (settings.smtp.auth == AuthUse::pass) {
    session.auth_mechanisms = settings.smtp.auth_mechanisms;
  }
  session.data = {limits.message_size, limits.header_size, limits.line_size};
  session.recipients = limits.recipients;
  session.refused_recipients = limits.refused_recipients;
  session.errors = limits.errors;
  session.commands = limits.commands;
  session.messages = limits.messages;
}

}  // namespace

tl::expected<std::shared_ptr<const GateConfig>, std::vector<Error>> make_config(
    const Settings& settings,
    tl::expected<std::shared_ptr<const judge::Judge>, std::vector<Error>> judge) {
  auto config = std::make_shared<GateConfig>();
  std::vector<Error> faults;
  take_session(settings, config->session);
  config->session.host_name = settings.host_name.empty() ? own_name() : settings.host_name;
  if (!settings.tls.certificate.empty()) {
    auto tls =
        TlsContext::server({settings.tls.certificate, settings.tls.key, settings.tls.client_ca});
    if (tls) {
      config->tls = std::move(*tls);
      config->session.starttls = true;
    } else {
      faults.push_back(tls.error());
    }
  }
  std::vector<Route> routes;
  for (const RouteSettings& each : settings.routes) {
    if (auto route = make_route(each, settings.hops)) {
      routes.push_back(std::move(*route));
    } else {
      faults.push_back(route.error());
    }
  }
  config->routes = std::make_shared<Routes>(std::move(routes));

  auto hops = std::make_shared<NextHopOptions>();
  const HopSettings& s = settings.hops;
  hops->helo_name = s.helo_name.empty() ? config->session.host_name : s.helo_name;
  hops->connect = s.connect_time;
  hops->command = s.command_time;
  hops->message = s.message_time;
  hops->block = s.block_time;
  hops->idle = s.idle_time;
  hops->avoid = s.avoid_time;
  hops->most_idle = s.most_idle;
  config->hops = std::move(hops);

  const LimitSettings& limits = settings.limits;
  config->admission = {.connections = limits.connections,
                       .connections_per_client = limits.connections_per_client,
                       .connection_rate = limits.connection_rate,
                       .message_rate = limits.message_rate};
  config->times = {.greeting_delay = settings.smtp.greeting_delay,
                   .command = limits.command_time,
                   .block = limits.block_time,
                   .message = limits.message_time,
                   .session = limits.session_time,
                   .handshake = limits.handshake_time};
  config->proxy_peers = table_of(settings.smtp.proxy_peers);
  config->xclient_peers = table_of(settings.smtp.xclient_peers);
  config->milter_idle = settings.milter.idle_time;
  config->milter_connections = settings.milter.connections;
  config->hold_memory = settings.hold_memory;
  config->hold_folder = settings.hold_folder;

  if (judge) {
    config->judge = std::move(*judge);
  } else {
    faults.insert(faults.end(), judge.error().begin(), judge.error().end());
  }
  if (!faults.empty()) return tl::unexpected(std::move(faults));
  return config;
}

}  // namespace postern::gate
