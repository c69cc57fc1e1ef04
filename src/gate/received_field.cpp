#include "gate/received_field.hpp"

#include <ctime>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::gate {
namespace {

// A HELO name may hold anything but space; parentheses would open a comment in which a client
// could claim an address.
std::string as_domain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool good = is_ascii_alpha(c) || is_ascii_digit(c) ||
                      std::string_view(".-_:[]").find(c) != std::string_view::npos;
    out += good ? c : '?';
  }
  return out.empty() ? "unknown" : out;
}

}  // namespace

std::string mail_date(UnixTime time) {
  constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = time;
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{}, {} {} {} {:02}:{:02}:{:02} +0000", days[utc.tm_wday], utc.tm_mday,
                     months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

std::string received_field(const ReceivedFacts& facts) {
  const smtp::ClientAttributes& client = *facts.client;
  std::string address = "unknown";
  if (client.address) address = (client.address->is_v4() ? "" : "IPv6:") + client.address->text();
  std::string out = "Received: from " + as_domain(client.helo) + " (";
  if (!client.name.empty()) out += as_domain(client.name) + ' ';
  out += '[' + address + "])";
  if (!facts.tls_version.empty()) {
    out += fmt::format("\r\n\t(using {} with cipher {})", facts.tls_version, facts.tls_cipher);
  }
  // RFC 3848; RFC 6531, 3.7.3.
  std::string with = facts.smtputf8 ? "UTF8SMTP" : client.esmtp ? "ESMTP" : "SMTP";
  if (with != "SMTP" && !facts.tls_version.empty()) with += 'S';
  if (with != "SMTP" && facts.authenticated) with += 'A';
  out += fmt::format("\r\n\tby {} (Postern) with {} id {}", facts.by, with, facts.id);
  if (!facts.recipient.empty()) out += fmt::format("\r\n\tfor <{}>", facts.recipient);
  out += ";\r\n\t" + mail_date(facts.time) + "\r\n";
  return out;
}

}  // namespace postern::gate
