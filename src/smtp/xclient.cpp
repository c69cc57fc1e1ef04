#include "smtp/xclient.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "base/ascii.hpp"
#include "smtp/envelope.hpp"

namespace postern::smtp {
namespace {

bool is_unavailable(std::string_view value) noexcept {
  return iequals(value, "[UNAVAILABLE]") || iequals(value, "[TEMPUNAVAIL]");
}

bool set_address(std::string_view value, ClientAttributes& client) {
  // Postfix writes "IPV6:2001:db8::1".
  if (istarts_with(value, "IPV6:")) value.remove_prefix(5);
  client.address = IpAddress::parse(value);
  return client.address.has_value();
}

bool set_port(std::string_view value, ClientAttributes& client) {
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), client.port);
  return error == std::errc{} && end == value.data() + value.size();
}

bool set(std::string_view name, const std::string& value, ClientAttributes& client) {
  const bool unknown = is_unavailable(value);
  if (iequals(name, "ADDR")) {
    client.address.reset();
    return unknown || set_address(value, client);
  }
  if (iequals(name, "PORT")) {
    client.port = 0;
    return unknown || set_port(value, client);
  }
  if (iequals(name, "NAME")) {
    client.name = unknown ? "" : value;
    return unknown || is_helo_name(value);
  }
  if (iequals(name, "HELO")) {
    client.helo = unknown ? "" : value;
    return unknown || is_helo_name(value);
  }
  if (iequals(name, "LOGIN")) {
    client.login = unknown ? "" : value;
    return printable(client.login) == client.login;
  }
  if (iequals(name, "PROTO")) {
    client.esmtp = iequals(value, "ESMTP");
    return unknown || client.esmtp || iequals(value, "SMTP");
  }
  return iequals(name, "DESTADDR") || iequals(name, "DESTPORT");
}

}  // namespace

bool parse_xclient(std::string_view arguments, ClientAttributes& client) {
  ClientAttributes changed = client;
  bool any = false;
  for (const std::string_view word : split(arguments, ' ')) {
    if (word.empty()) continue;
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) return false;
    const auto value = decode_xtext(word.substr(equals + 1));
    if (!value || value->empty() || !set(word.substr(0, equals), *value, changed)) return false;
    any = true;
  }
  if (any) client = std::move(changed);
  return any;
}

std::string format_xclient(const ClientAttributes& client,
                           const std::vector<std::string>& offered) {
  std::string command;
  const auto add = [&](const char* name, const std::string& value) {
    if (std::find(offered.begin(), offered.end(), name) == offered.end()) return;
    command += command.empty() ? "XCLIENT " : " ";
    command += name;
    command += '=';
    // The brackets are the protocol's own; a client's text never gets to write them unencoded.
    command += value.empty() ? "[UNAVAILABLE]" : encode_xtext(value);
  };
  std::string address;
  if (client.address) address = (client.address->is_v4() ? "" : "IPV6:") + client.address->text();
  add("ADDR", address);
  add("PORT", client.port == 0 ? std::string{} : std::to_string(client.port));
  // A client that names itself "[UNAVAILABLE]" must not pass for one.
  add("NAME", is_unavailable(client.name) ? std::string{} : client.name);
  add("HELO", is_unavailable(client.helo) ? std::string{} : client.helo);
  add("LOGIN", is_unavailable(client.login) ? std::string{} : client.login);
  add("PROTO", client.esmtp ? "ESMTP" : "SMTP");
  return command;
}

}  // namespace postern::smtp
