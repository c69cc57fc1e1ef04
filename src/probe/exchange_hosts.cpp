#include "probe/exchange_hosts.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "base/ip.hpp"
#include "base/join.hpp"

namespace postern::probe {
namespace {

constexpr std::string_view protection_suffix = ".mail.protection.outlook.com";

}  // namespace

std::vector<std::string> protection_names(std::string_view domain) {
  const auto dashed = [](std::string_view name) {
    std::string out(name);
    std::replace(out.begin(), out.end(), '.', '-');
    return out + std::string(protection_suffix);
  };
  std::vector<std::string> out = {dashed(domain)};
  // A domain with dashes of its own has been seen with them left out.
  if (domain.find('-') != std::string_view::npos) {
    std::string without(domain);
    std::erase(without, '-');
    out.push_back(dashed(without));
  }
  // Initial domains are named by their first label.
  constexpr std::string_view initial = ".onmicrosoft.com";
  if (domain.ends_with(initial)) {
    out.push_back(std::string(domain.substr(0, domain.size() - initial.size())) +
                  std::string(protection_suffix));
  }
  return out;
}

bool is_protection_host(std::string_view host) noexcept {
  return iends_with(host, protection_suffix) || iends_with(host, ".mx.microsoft");
}

auth::Task<Hosts> find_hosts(auth::Resolver& resolver, std::string domain) {
  Hosts out;
  out.domain = domain;
  auth::DnsAnswer mx = co_await auth::lookup(resolver, out.domain, auth::RecordType::mx);
  out.mx_status = mx.status;
  std::stable_sort(mx.exchanges.begin(), mx.exchanges.end(),
                   [](const auto& a, const auto& b) { return a.preference < b.preference; });
  for (const auth::MailExchange& exchange : mx.exchanges) {
    if (!exchange.host.empty()) out.exchanges.push_back(exchange.host);
  }
  for (const std::string& host : out.exchanges) {
    if (is_protection_host(host)) {
      out.protection = host;
      out.protection_status = auth::DnsStatus::success;
      co_return out;
    }
  }
  const std::vector<std::string> candidates = protection_names(out.domain);
  for (const std::string& name : candidates) {
    const auth::DnsAnswer a = co_await auth::lookup(resolver, name, auth::RecordType::a);
    out.protection_status = a.status;
    if (a.status == auth::DnsStatus::success) {
      out.protection = name;
      co_return out;
    }
  }
  co_return out;
}

Result<Target> parse_target(std::string_view text) {
  Target out;
  std::string_view host = text;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return fail("'[' is not closed", "--host");
    host = text.substr(1, end - 1);
    if (end + 1 < text.size() && text[end + 1] == ':') port = text.substr(end + 2);
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    host = text.substr(0, text.find(':'));
    port = text.substr(text.find(':') + 1);
    if (port.empty()) port = "none";
  }
  if (!port.empty()) {
    const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (failed != std::errc{} || end != port.data() + port.size() || out.port == 0) {
      return fail(fmt::format("'{}' is no port", printable(port)), "--host",
                  "write a number from 1 to 65535 behind the colon");
    }
  }
  if (const auto address = IpAddress::parse(host)) {
    out.host = address->text();
    out.loopback = address->is_loopback();
  } else if (iequals(host, "localhost")) {
    out.host = "127.0.0.1";
    out.loopback = true;
  } else if (const auto name = normalise_domain(host); name && !name->empty()) {
    out.host = *name;
  } else {
    return fail(fmt::format("'{}' is no host", printable(host)), "--host");
  }
  if (out.loopback) {
    out.role = "this machine";
  } else if (out.port != 25) {
    return fail(fmt::format("port {} of another machine is not probed", out.port), "--host",
                "mail hosts listen on 25; other ports only on 127.0.0.1 and ::1");
  }
  return out;
}

Result<Target> choose(const Hosts& hosts, const Target* wanted) {
  const auto of = [](const std::string& host, const char* role) {
    return Target{host, 25, false, role};
  };
  if (wanted != nullptr) {
    if (wanted->loopback) return *wanted;
    if (wanted->host == hosts.protection) {
      return of(wanted->host, "the tenant's Exchange Online host");
    }
    if (std::find(hosts.exchanges.begin(), hosts.exchanges.end(), wanted->host) !=
        hosts.exchanges.end()) {
      return of(wanted->host, "an MX of the domain");
    }
    std::vector<std::string> known = hosts.exchanges;
    if (!hosts.protection.empty() &&
        std::find(known.begin(), known.end(), hosts.protection) == known.end()) {
      known.push_back(hosts.protection);
    }
    return fail(fmt::format("is neither the Exchange Online host nor an MX of {}", hosts.domain),
                wanted->host,
                known.empty() ? std::string("DNS names none either")
                              : fmt::format("these are: {}", joined(known)));
  }
  if (!hosts.protection.empty()) return of(hosts.protection, "the tenant's Exchange Online host");
  std::string why =
      fmt::format("no Exchange Online host was found (MX: {}; {}: {})",
                  hosts.exchanges.empty() ? std::string(auth::name_of(hosts.mx_status))
                                          : joined(hosts.exchanges),
                  protection_names(hosts.domain).front(), auth::name_of(hosts.protection_status));
  return fail(std::move(why), hosts.domain,
              hosts.exchanges.empty() ? std::string("try again where DNS answers")
                                      : fmt::format("--host {} probes the MX", hosts.exchanges[0]));
}

auth::Task<std::vector<IpAddress>> addresses_of(auth::Resolver& resolver, std::string host) {
  std::vector<IpAddress> out;
  if (const auto literal = IpAddress::parse(host)) {
    out.push_back(*literal);
    co_return out;
  }
  const auth::DnsAnswer v4 = co_await auth::lookup(resolver, host, auth::RecordType::a);
  const auth::DnsAnswer v6 = co_await auth::lookup(resolver, host, auth::RecordType::aaaa);
  out = v4.addresses;
  out.insert(out.end(), v6.addresses.begin(), v6.addresses.end());
  co_return out;
}

}  // namespace postern::probe
