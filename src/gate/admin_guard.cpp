#include "gate/admin_guard.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <cstddef>

#include "base/ascii.hpp"

namespace postern::gate {
namespace {

// "[::1]:9125" without its port.
std::string_view without_port(std::string_view host) noexcept {
  const std::size_t port = host.rfind(':');
  const std::size_t bracket = host.rfind(']');
  const bool has_port =
      port != std::string_view::npos && (bracket == std::string_view::npos || port > bracket);
  return has_port ? host.substr(0, port) : host;
}

// What comes before ';' of a media type (RFC 9110, 8.3.1).
bool is_json(std::string_view content_type) noexcept {
  return iequals(trim(content_type.substr(0, content_type.find(';'))), "application/json");
}

}  // namespace

bool AdminGuard::names_this_host(const AdminHeaders& asked) const {
  if (asked.host.empty()) return asked.version < 11;
  std::string_view host = without_port(asked.host);
  if (iequals(host, "localhost")) return true;
  for (const std::string& name : hosts_) {
    if (iequals(host, name)) return true;
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code failed;
  const auto address = boost::asio::ip::make_address(host, failed);
  return !failed && address.is_loopback();
}

std::string_view AdminGuard::fault_of_reading(const AdminHeaders& asked) const {
  if (!names_this_host(asked)) return "ask for 127.0.0.1, [::1] or localhost";
  // "none" is a person who typed the address.
  if (!asked.fetch_site.empty() && asked.fetch_site != "same-origin" &&
      asked.fetch_site != "none") {
    return "a page of another origin may not ask";
  }
  return {};
}

std::string_view AdminGuard::fault_of_changing(const AdminHeaders& asked) const {
  if (!names_this_host(asked)) return "ask for 127.0.0.1, [::1] or localhost";
  // The page's own origin; https where a proxy before it speaks that.
  std::string_view origin = asked.origin;
  const bool has_scheme = origin.starts_with("http://") || origin.starts_with("https://");
  if (has_scheme) origin.remove_prefix(origin.find("//") + 2);
  if (!has_scheme || asked.host.empty() || !iequals(origin, asked.host)) {
    return "Origin must be that of the page";
  }
  if (!asked.fetch_site.empty() && asked.fetch_site != "same-origin") {
    return "a page of another origin may not ask";
  }
  // What a form of another page can't send without asking first.
  if (!is_json(asked.content_type)) return "Content-Type must be application/json";
  return {};
}

}  // namespace postern::gate
