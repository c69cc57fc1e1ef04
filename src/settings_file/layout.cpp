#include "settings_file/layout.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::settings_file {
namespace {

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> out;
  std::string word;
  for (const char c : text) {
    if (is_ascii_alpha(c) || is_ascii_digit(c) || c == '-' || c == '_') {
      word += ascii_lower(c);
    } else if (!word.empty()) {
      out.insert(std::exchange(word, {}));
    }
  }
  if (!word.empty()) out.insert(word);
  for (const char* between : {"of", "one", "or"})
    out.erase(between);
  return out;
}

// Whether a fault tells already what its key takes: each word of the type, were it in other words
// between ("must be one of …" names every choice).
bool says(std::string_view fault, std::string_view type) {
  const std::set<std::string> told = words_of(fault);
  const std::set<std::string> asked = words_of(type);
  return std::includes(told.begin(), told.end(), asked.begin(), asked.end());
}

}  // namespace

void Reading::fault(std::string what, Place where, std::string remedy) const {
  faults.push_back({std::move(what), std::move(where), std::move(remedy)});
}

void Reading::table(const Table& table, std::string_view part, const std::vector<KeyText>& keys,
                    const std::function<std::string(std::size_t, const Value&)>& take) const {
  for (const KeyText& key : keys) {
    if (key.default_value == required && table.find(key.name) == nullptr) {
      fault(fmt::format("{} without {}", printable(part), key.name), table.where,
            fmt::format("add {} = …", key.name));
    }
  }
  for (const Entry& entry : table.entries) {
    const auto key = std::find_if(keys.begin(), keys.end(),
                                  [&](const KeyText& k) { return k.name == entry.key; });
    if (key != keys.end()) {
      const std::string wrong = take(static_cast<std::size_t>(key - keys.begin()), entry.value);
      if (!wrong.empty()) {
        fault(fmt::format("{}: {}", key->name, wrong), entry.value.where,
              says(wrong, key->type) ? "" : fmt::format("it takes {}", key->type));
      }
      continue;
    }
    Error known_stranger = stranger == nullptr ? Error{} : stranger(entry.key);
    if (!known_stranger.what.empty()) {
      known_stranger.where = entry.where;
      faults.push_back(std::move(known_stranger));
      continue;
    }
    std::vector<std::string_view> names;
    if (part == the_file) names = others;
    for (const KeyText& each : keys)
      names.push_back(each.name);
    const std::string_view nearest = nearest_word(entry.key, names);
    fault(fmt::format("unknown key '{}' in {}", printable(entry.key), printable(part)), entry.where,
          nearest.empty() ? std::string(manual) : fmt::format("did you mean '{}'?", nearest));
  }
}

void sort(Faults& faults) {
  std::stable_sort(faults.begin(), faults.end(), [](const Error& a, const Error& b) {
    return std::tie(a.where.line, a.where.column) < std::tie(b.where.line, b.where.column);
  });
}

std::string describe_rows(const std::vector<KeyText>& keys,
                          const std::vector<std::string>& defaults) {
  std::string out = "| key | value | default | meaning |\n|---|---|---|---|\n";
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::string_view waits = !keys[i].from_start       ? ""
                                   : keys[i].meaning.empty() ? "*From the next start on.*"
                                                             : " *From the next start on.*";
    out += fmt::format("| `{}` | {} | {} | {}{} |\n", keys[i].name, cell(keys[i].type),
                       cell(defaults[i]), cell(keys[i].meaning), waits);
  }
  return out;
}

namespace {

// Empty for the head.
std::string heading_of(const PartText& part) {
  switch (part.shape) {
    case Shape::head:
      break;
    case Shape::table:
      return fmt::format("[{}]", part.name);
    case Shape::tables:
      return fmt::format("[[{}]]", part.name);
    case Shape::named:
      return fmt::format("[{}.NAME]", part.name);
  }
  return {};
}

}  // namespace

std::string title_of(const PartText& part) {
  const std::string heading = heading_of(part);
  return fmt::format("\n## {}\n\n{}\n\n", heading.empty() ? "Head of the file" : heading,
                     part.purpose);
}

std::string named_in(const PartText& part, std::string_view key) {
  const std::string heading = heading_of(part);
  return heading.empty() ? std::string(key) : fmt::format("{} {}", heading, key);
}

}  // namespace postern::settings_file
