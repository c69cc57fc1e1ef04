#include "auth/zone_file.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::auth {
namespace {

std::optional<RecordType> read_type(std::string_view word) {
  for (const RecordType type : {RecordType::a, RecordType::aaaa, RecordType::mx, RecordType::txt,
                                RecordType::ptr, RecordType::cname, RecordType::ns}) {
    if (iequals(name_of(type), word)) return type;
  }
  return std::nullopt;
}

std::optional<DnsStatus> read_status(std::string_view word) {
  if (iequals(word, "!timeout")) return DnsStatus::timeout;
  if (iequals(word, "!servfail")) return DnsStatus::server_failure;
  if (iequals(word, "!nxdomain")) return DnsStatus::nonexistent_name;
  return std::nullopt;
}

// The word in front; what follows it, without space, stays in `rest`.
std::string_view take_word(std::string_view& rest) {
  const std::size_t end = rest.find_first_of(" \t");
  const std::string_view word = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : trim(rest.substr(end));
  return word;
}

// "v=spf1 …" "-all": the strings joined; text without quotes as it is. nullopt for a lone quote.
std::optional<std::string> read_quoted_text(std::string_view value) {
  if (!value.starts_with('"')) return std::string(value);
  std::string text;
  while (!value.empty()) {
    if (value.front() != '"') return std::nullopt;
    std::size_t i = 1;
    for (; i < value.size() && value[i] != '"'; ++i) {
      if (value[i] == '\\' && i + 1 < value.size()) ++i;
      text += value[i];
    }
    if (i == value.size()) return std::nullopt;
    value = trim(value.substr(i + 1));
  }
  return text;
}

// What is wrong with the value; empty where the record was added.
std::string_view add_record(MemoryZone& zone, std::string_view name, RecordType type,
                            std::string_view value) {
  switch (type) {
    case RecordType::a:
    case RecordType::aaaa: {
      const auto address = IpAddress::parse(value);
      if (!address || address->is_v4() != (type == RecordType::a)) {
        return "is no address of its type";
      }
      zone.add_address(name, *address);
      return {};
    }
    case RecordType::mx: {
      const std::string_view number = take_word(value);
      std::uint16_t preference = 0;
      const auto [end, error] =
          std::from_chars(number.data(), number.data() + number.size(), preference);
      if (error != std::errc{} || end != number.data() + number.size() || value.empty()) {
        return "is no preference and host";
      }
      zone.add_exchange(name, preference, value);
      return {};
    }
    case RecordType::txt: {
      auto text = read_quoted_text(value);
      if (!text) return "has a quote that is never closed";
      zone.add_text(name, std::move(*text));
      return {};
    }
    case RecordType::ptr:
      zone.add_pointer(name, value);
      return {};
    case RecordType::cname:
      zone.add_alias(name, value);
      return {};
    case RecordType::ns:
      zone.add_name_server(name, value);
      return {};
  }
  return "has a type that is not known";
}

}  // namespace

Result<void> read_zone(std::string_view text, const std::string& where, MemoryZone& zone) {
  std::size_t number = 0;
  for (std::string_view line : split(text, '\n')) {
    ++number;
    line = trim(line);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    const auto wrong = [&](std::string_view what) {
      return fail(std::string(what), fmt::format("{}:{}", where, number),
                  "write: name, type, value; for example: example.com TXT v=spf1 -all");
    };
    const std::string_view name = take_word(line);
    const std::string_view type_word = take_word(line);
    const auto type = read_type(type_word);
    if (!type) return wrong(fmt::format("'{}' is no record type", printable(type_word)));
    if (line.empty()) return wrong("the record has no value");
    if (line.front() == '!') {
      const auto status = read_status(line);
      if (!status) return wrong(fmt::format("'{}' is no outcome of a query", printable(line)));
      zone.set_status(name, *type, *status);
      continue;
    }
    const std::string_view what = add_record(zone, name, *type, line);
    if (!what.empty()) return wrong(fmt::format("'{}' {}", printable(line), what));
  }
  return {};
}

}  // namespace postern::auth
