#include "gate/route.hpp"

#include <algorithm>
#include <charconv>

#include "base/ascii.hpp"
#include "base/domain.hpp"

namespace postern::gate {

Result<HostPort> parse_host_port(std::string_view text) {
  const auto wrong = [text](const char* what) {
    return fail(what, std::string(text), "write it like 192.0.2.1:25, [2001:db8::1]:25 or :25");
  };
  HostPort parsed;
  std::string_view port = text;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return wrong("a bracket is not closed");
    parsed.host = text.substr(1, close - 1);
    port = text.substr(close + 1);
    if (!port.starts_with(':')) return wrong("the port is missing");
    port.remove_prefix(1);
  } else if (const std::size_t colon = text.rfind(':'); colon != std::string_view::npos) {
    parsed.host = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (parsed.host.find(':') != std::string::npos) return wrong("an IPv6 address needs brackets");
  }
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), parsed.port);
  if (port.empty() || error != std::errc{} || end != port.data() + port.size()) {
    return wrong("the port is no number up to 65535");
  }
  return parsed;
}

std::string NextHop::text() const {
  const std::string prefix = lmtp ? "lmtp:" : "";
  if (unix_socket) return prefix + "unix:" + host;
  const bool v6 = host.find(':') != std::string::npos;
  return prefix + (v6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

Result<NextHop> NextHop::parse(std::string_view text) {
  NextHop hop;
  const std::string_view whole = text;
  if (istarts_with(text, "lmtp:")) {
    hop.lmtp = true;
    text.remove_prefix(5);
  } else if (istarts_with(text, "smtp:")) {
    text.remove_prefix(5);
  }
  if (istarts_with(text, "unix:")) {
    hop.unix_socket = true;
    hop.host = text.substr(5);
    hop.port = 0;
    hop.tls = smtp::ClientOptions::Tls::never;
    // sockaddr_un holds 108 octets with its end.
    if (!hop.host.starts_with('/') || hop.host.size() > 107) {
      return fail("the socket's path must begin with / and have at most 107 octets",
                  std::string(whole), "write it like lmtp:unix:/run/dovecot/lmtp");
    }
    return hop;
  }
  auto parsed = parse_host_port(text);
  if (!parsed) return tl::unexpected(parsed.error());
  if (parsed->host.empty()) {
    return fail("the host is missing", std::string(whole), "write it like 192.0.2.1:25");
  }
  if (parsed->port == 0) {
    return fail("the port is 0", std::string(whole), "write it like 192.0.2.1:25");
  }
  hop.host = std::move(parsed->host);
  hop.port = parsed->port;
  return hop;
}

const Route* Routes::find(std::string_view domain) const noexcept {
  const auto having = [this](std::string_view name) -> const Route* {
    for (const Route& route : routes_) {
      if (std::find(route.domains.begin(), route.domains.end(), name) != route.domains.end()) {
        return &route;
      }
    }
    return nullptr;
  };
  if (const Route* exact = having(domain)) return exact;
  for (std::size_t dot = domain.find('.'); dot != std::string_view::npos;
       dot = domain.find('.', dot + 1)) {
    if (const Route* parent = having(domain.substr(dot))) return parent;
  }
  return having("*");
}

}  // namespace postern::gate
