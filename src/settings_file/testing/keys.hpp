// What every table of keys owes: each member has its key, and each key is a member of its own. Seen
// from outside, by what a Layout reads, writes and tells people.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/ascii.hpp"
#include "settings_file/layout.hpp"

namespace postern::settings_file::testing {

struct Anything {
  template <class T>
  operator T() const;  // NOLINT(google-explicit-constructor): it stands for a member's value
};

/// How many members an aggregate has: as many values as its braces take.
template <class T, class... Values>
consteval std::size_t members_of() {
  if constexpr (requires { T{Values{}..., Anything{}}; }) {
    return members_of<T, Values..., Anything>();
  } else {
    return sizeof...(Values);
  }
}

struct ToldKey {
  std::string name;
  std::string type;
};

/// The keys that a page tells.
inline std::vector<ToldKey> told_keys(std::string_view page) {
  std::vector<ToldKey> out;
  for (const std::string_view line : split(page, '\n')) {
    const auto cells = split(line, '|');
    if (cells.size() < 3 || trim(cells[1]).substr(0, 1) != "`") continue;
    const std::string_view name = trim(cells[1]);
    out.push_back({std::string(name.substr(1, name.size() - 2)), std::string(trim(cells[2]))});
  }
  return out;
}

/// The keys of one part, as its page tells them.
template <class Root>
std::vector<ToldKey> told_keys(const Layout<Root>& layout, std::string_view part) {
  return told_keys(std::string_view(layout.describe(part)));
}

/// Values of every kind, and the words that the type itself names.
inline std::vector<std::string> candidates(const std::string& type) {
  std::vector<std::string> out = {"true",
                                  "false",
                                  "-1",
                                  "12345",
                                  "77",
                                  "\"7m\"",
                                  "\"7s\"",
                                  "\"600\"",
                                  "\"contoso.com\"",
                                  "[\"contoso.com\"]",
                                  "\"203.0.113.9\"",
                                  "[\"203.0.113.9\"]",
                                  "2026-10-01T08:00:00Z"};
  std::string words = type;
  for (const std::string_view between : {" or ", ", "}) {
    for (std::size_t at = words.find(between); at != std::string::npos; at = words.find(between))
      words.replace(at, between.size(), "|");
  }
  for (const std::string_view word : split(words, '|'))
    out.push_back(word.substr(0, 1) == "\"" ? std::string(word) : toml_text(word));
  return out;
}

/// The lines that `after` has and `before` has not, without headings.
inline std::vector<std::string> new_lines(std::string_view before, std::string_view after) {
  const auto had = split(before, '\n');
  std::vector<std::string> out;
  for (const std::string_view line : split(after, '\n')) {
    const bool is_new = std::find(had.begin(), had.end(), line) == had.end();
    if (is_new && line.substr(0, 1) != "[") out.emplace_back(line);
  }
  return out;
}

/// A value given to a key is written again under that key, and under no other.
template <class Root>
void expect_keys_of_their_own(const Layout<Root>& layout) {
  for (const Part<Root>& part : layout.parts) {
    const std::string name(part.text.name);
    const std::string heading = part.text.shape == Shape::head     ? ""
                                : part.text.shape == Shape::tables ? "[[" + name + "]]\n"
                                                                   : "[" + name + "]\n";
    const auto written = [&](const std::string& line) {
      const auto table = parse(heading + line + "\n", "t.toml", layout.manual);
      EXPECT_TRUE(table) << heading << line;
      Root root{};
      if (table) (void)layout.read(*table, root);
      return layout.write(root);
    };
    const std::string before = written("");
    for (const ToldKey& key : told_keys(layout, name)) {
      bool taken = false;
      for (const std::string& value : candidates(key.type)) {
        const auto lines = new_lines(before, written(key.name + " = " + value));
        if (lines.empty()) continue;
        taken = true;
        EXPECT_EQ(lines.size(), 1u)
            << name << '.' << key.name << " = " << value << " is written as\n"
            << ::testing::PrintToString(lines);
        EXPECT_TRUE(lines.front().starts_with(key.name + " = "))
            << name << '.' << key.name << " is written as " << lines.front();
      }
      EXPECT_TRUE(taken) << name << '.' << key.name << " (" << key.type
                         << "): no value of any kind is kept";
    }
  }
}

/// `members` of a struct have their keys on a page, all but those named in `without`. For a file
/// whose layout nobody else sees.
inline void expect_a_key_each(std::string_view page, std::size_t members,
                              const std::vector<std::string_view>& without) {
  EXPECT_EQ(told_keys(page).size() + without.size(), members)
      << "a member has no key (a row in the table of keys), or is named here for nothing:\n"
      << page;
}

/// `members` of a struct have their keys in `parts`, all but those named in `without`.
template <class Root>
void expect_a_key_each(const Layout<Root>& layout, std::size_t members,
                       const std::vector<std::string_view>& parts,
                       const std::vector<std::string_view>& without) {
  std::size_t keys = 0;
  for (const std::string_view part : parts)
    keys += told_keys(layout, part).size();
  EXPECT_EQ(keys + without.size(), members)
      << "part '" << parts.front()
      << "': a member has no key (a row in the table of keys), or is named here for nothing";
}

}  // namespace postern::settings_file::testing
