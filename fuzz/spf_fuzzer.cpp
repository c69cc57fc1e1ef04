#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "auth/memory_zone.hpp"
#include "auth/spf.hpp"
#include "base/ascii.hpp"
#include "fuzz.hpp"

namespace {

using namespace postern;
using auth::DnsStatus;
using auth::RecordType;

std::string_view take_word(std::string_view& line) {
  const std::size_t end = line.find(' ');
  const std::string_view word = line.substr(0, end);
  line = end == std::string_view::npos ? std::string_view{} : line.substr(end + 1);
  return word;
}

// "name TYPE value", or "name FAIL", "name TIMEOUT".
void add_record(auth::MemoryZone& zone, std::string_view line) {
  const std::string_view name = take_word(line);
  const std::string_view type = take_word(line);
  if (type == "TXT") {
    zone.add_text(name, std::string(line));
  } else if (type == "A" || type == "AAAA") {
    if (const auto address = IpAddress::parse(line)) zone.add_address(name, *address);
  } else if (type == "MX") {
    zone.add_exchange(name, 10, line);
  } else if (type == "PTR") {
    zone.add_pointer(name, line);
  } else if (type == "CNAME") {
    zone.add_alias(name, line);
  } else if (type == "FAIL") {
    zone.set_status(name, DnsStatus::server_failure);
  } else if (type == "TIMEOUT") {
    zone.set_status(name, RecordType::a, DnsStatus::timeout);
  }
}

}  // namespace

// The first line: address, sender, HELO. Then the zone, one record a line.
void postern::fuzz::run(std::string_view input) {
  std::vector<std::string_view> lines = split(input, '\n');
  std::string_view first = lines.empty() ? std::string_view{} : lines.front();
  auth::SpfQuery query;
  query.ip = IpAddress::parse(take_word(first)).value_or(IpAddress::parse("192.0.2.1").value());
  query.mail_from = take_word(first);
  query.helo = first;
  query.receiver = "mx.example.org";
  auth::MemoryZone zone;
  for (std::size_t i = 1; i < lines.size(); ++i)
    add_record(zone, lines[i]);

  auth::SpfRecordCache cache(2);
  auth::SpfOptions options;
  options.keep_trail = true;
  options.cache = &cache;
  const auto outcome = auth::run_now(auth::check_spf(zone, query, options));
  require(outcome.has_value(), "answers at hand need no waiting");
  // One record, ten terms of at most eleven lookups, the names of the address, the explanation.
  require(zone.queries() <= 1 + 10 * 11 + 11 + 1, "queries are bounded");
  require(outcome->trail.size() < 1100, "the trail is bounded");
  for (const char c : outcome->explanation)
    require(c >= ' ' && c <= '~', "an explanation can stand in a reply");
  const bool is_error = outcome->result == auth::SpfResult::temp_error ||
                        outcome->result == auth::SpfResult::perm_error;
  require(is_error != outcome->problem.empty(), "an error says what is wrong, nothing else does");

  const auto plain = auth::run_now(auth::check_spf(zone, query));
  require(plain && plain->result == outcome->result && plain->problem == outcome->problem &&
              plain->explanation == outcome->explanation && plain->trail.empty(),
          "cache and trail change nothing");
}
