#include "settings_file/access.hpp"

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"

namespace postern::settings_file {
namespace {

using Kind = Value::Kind;

struct Unit {
  std::string_view name;
  std::int64_t factor;
};
// Largest first, as they are written.
constexpr std::array<Unit, 4> times{{{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<Unit, 2> sizes{{{"M", 1 << 20}, {"K", 1 << 10}}};

// "90s" in units of which the smallest counts 1; nothing where it is written otherwise.
template <std::size_t N>
std::optional<std::int64_t> read_units(std::string_view text, const std::array<Unit, N>& units) {
  std::size_t at = 0;
  std::int64_t count = 0;
  while (at < text.size() && at < 9 && is_ascii_digit(text[at]))
    count = count * 10 + (text[at++] - '0');
  for (const Unit& unit : units) {
    if (at > 0 && text.substr(at) == unit.name) return count * unit.factor;
  }
  return std::nullopt;
}

template <std::size_t N>
std::optional<std::string> write_units(std::int64_t count, const std::array<Unit, N>& units) {
  for (const Unit& unit : units) {
    if (count % unit.factor == 0 && (count != 0 || unit.factor == 1)) {
      return fmt::format("{}{}", count / unit.factor, unit.name);
    }
  }
  return std::nullopt;
}

// One domain, in normal form.
std::string normalise(std::string& name) {
  auto normal = normalise_domain(name);
  if (!normal) return normal.error().what;
  name = std::move(*normal);
  return {};
}

}  // namespace

std::string read_flag(const Value& value, bool& into) {
  if (value.kind != Kind::boolean) return "must be true or false";
  into = value.boolean;
  return {};
}

std::string write_flag(bool value) {
  return value ? "true" : "false";
}

std::string read_text(const Value& value, std::string& into) {
  if (value.kind != Kind::text) return "must be text in quotes";
  into = value.text;
  return {};
}

std::string read_line(const Value& value, std::string& into) {
  if (value.text.find_first_of(std::string_view("\0\r\n", 3)) != std::string::npos) {
    return "must be one line";
  }
  return read_text(value, into);
}

std::string read_words(const Value& value, std::string& into) {
  if (value.kind != Kind::time && value.kind != Kind::text) return "must be text in quotes";
  into = std::string(trim(value.text));
  return into.empty() ? "must not be empty" : "";
}

std::string write_text(const std::string& value) {
  return toml_text(value);
}

std::string read_texts(const Value& value, std::vector<std::string>& into) {
  if (value.kind == Kind::text) {
    into = {value.text};
    return {};
  }
  if (value.kind != Kind::list) return "must be a list of texts";
  into = value.list;
  return {};
}

std::string write_texts(const std::vector<std::string>& value) {
  return toml_text(value);
}

std::string read_number(const Value& value, std::int64_t least, std::int64_t most,
                        std::int64_t& into) {
  if (value.kind != Kind::integer) return "must be a number";
  if (value.integer < least || value.integer > most) {
    return fmt::format("must be from {} to {}", least, most);
  }
  into = value.integer;
  return {};
}

std::string read_domain(const Value& value, std::string& into) {
  std::string wrong = read_text(value, into);
  return wrong.empty() ? normalise(into) : wrong;
}

std::string read_domains(const Value& value, std::vector<std::string>& into) {
  std::string wrong = read_texts(value, into);
  for (std::string& name : into) {
    if (wrong.empty()) wrong = normalise(name);
  }
  return wrong;
}

std::string normalise_pattern(std::string& name) {
  const bool below = name.starts_with('.');
  if (below) name.erase(0, 1);
  std::string wrong = normalise(name);
  if (below) name.insert(0, 1, '.');
  return wrong;
}

std::string read_domain_patterns(const Value& value, std::vector<std::string>& into) {
  std::string wrong = read_texts(value, into);
  for (std::string& name : into) {
    if (wrong.empty()) wrong = normalise_pattern(name);
  }
  return wrong;
}

std::string read_prefixes(const Value& value, std::vector<Prefix>& into) {
  std::vector<std::string> list;
  std::string wrong = read_texts(value, list);
  for (const std::string& each : list) {
    if (!wrong.empty()) break;
    const auto prefix = Prefix::parse(each);
    if (!prefix) wrong = prefix.error().what;
    if (prefix) into.push_back(*prefix);
  }
  return wrong;
}

std::string write_prefixes(const std::vector<Prefix>& value) {
  std::vector<std::string> list;
  list.reserve(value.size());
  for (const Prefix& prefix : value)
    list.push_back(prefix.text());
  return toml_text(list);
}

std::string read_moment(const Value& value, UnixTime& into) {
  std::optional<UnixTime> read;
  if (value.kind == Kind::text || value.kind == Kind::time) read = parse_time(value.text);
  if (!read) return "must be a time like 2026-10-01T08:00:00Z";
  into = *read;
  return {};
}

std::string write_moment(UnixTime value) {
  return format_time(value);
}

std::string read_milliseconds(const Value& value, std::int64_t& into) {
  const auto read =
      value.kind == Kind::text ? read_units(value.text, times) : std::optional<std::int64_t>{};
  if (!read) return "must be a time such as \"250ms\", \"90s\", \"5m\" or \"2h\"";
  into = *read;
  return {};
}

std::string write_milliseconds(std::int64_t value) {
  return write_units(value, times).value_or("");
}

std::string read_size(const Value& value, std::size_t least, std::size_t most, std::size_t& into) {
  std::optional<std::int64_t> read;
  if (value.kind == Kind::integer && value.integer >= 0) read = value.integer;
  if (value.kind == Kind::text) read = read_units(value.text, sizes);
  if (!read) return "must be a size such as \"150M\", \"256K\" or a number of octets";
  into = static_cast<std::size_t>(*read);
  return into >= least && into <= most
             ? std::string{}
             : fmt::format("must be from {} to {}", write_size(least), write_size(most));
}

std::string write_size(std::size_t value) {
  const auto units = write_units(static_cast<std::int64_t>(value), sizes);
  return value > 0 && units ? toml_text(*units) : std::to_string(value);
}

}  // namespace postern::settings_file
