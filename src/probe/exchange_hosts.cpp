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
std::vector<std::string> protection_names(std::string_view domain, policy::Cloud cloud) {
  std::vector<std::string> labels;
  const auto add_dashed = [&](std::string name) {
    std::replace(name.begin(), name.end(), '.', '-');
    labels.push_back(std::move(name));
  };
  add_dashed(std::string(domain));
  // A domain with dashes of its own has been seen with them left out.
  if (domain.find('-') != std::string_view::npos) {
    std::string without(domain);
    std::erase(without, '-');
    add_dashed(std::move(without));
  }
  // Initial domains are named by their first label.
  if (policy::is_onmicrosoft(domain)) labels.emplace_back(domain.substr(0, domain.find('.')));

  std::vector<std::string> out;
  const auto add_all = [&](const policy::MailHosts& mail) {
    for (const std::string& label : labels) {
      std::string name = label + "." + std::string(mail.front_doors.front());
      if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(std::move(name));
    }
  };
  add_all(*policy::row_of(cloud).mail);
  for (const policy::CloudRow& row : policy::clouds())
    add_all(*row.mail);
  return out;
}

auth::Task<Hosts> find_hosts(auth::Resolver& resolver, std::string domain, policy::Cloud cloud) {
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
    if (policy::is_front_door(host)) {
      out.protection = host;
      co_return out;
    }
  }
  const std::vector<std::string> candidates = protection_names(out.domain, cloud);
  for (const std::string& name : candidates) {
    const auth::DnsAnswer a = co_await auth::lookup(resolver, name, auth::RecordType::a);
    const auth::DnsStatus status = a.status;
    if (status == auth::DnsStatus::success) {
      out.protection = name;
      co_return out;
    }
    const bool undecided = !auth::is_void(status) && status != auth::DnsStatus::bad_name;
    if (out.not_found.empty() || undecided) {
      out.not_found = name;
      out.not_found_status = status;
    }
    // A less likely name may be somebody else's.
    if (undecided) co_return out;
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
                  hosts.not_found, auth::name_of(hosts.not_found_status));
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
