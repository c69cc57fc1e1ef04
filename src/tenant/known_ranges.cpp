#include "tenant/known_ranges.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <span>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "base/embedded.hpp"
#include "base/prefix_table.hpp"
#include "settings_file/layout.hpp"

namespace postern::tenant {

std::span<const EmbeddedFile> embedded_files() noexcept;  // cmake/embed.cmake

namespace {

constexpr std::array<std::pair<std::string_view, RangeKind>, 4> range_kinds{
    {{"reserved", RangeKind::reserved},
     {"exchange online", RangeKind::exchange_online},
     {"shared sender", RangeKind::shared_sender},
     {"cloud", RangeKind::cloud}}};

using Ranges = std::vector<KnownRange>;

const settings_file::Layout<Ranges>& range_layout() {
  using R = KnownRange;
  static const settings_file::Keys<R> keys = {
      {"name", "text", settings_file::required, "Whose, or what for.",
       settings_file::words(&R::name)},
      {"kind", "reserved, exchange online, shared sender or cloud", settings_file::required,
       "What it is.", settings_file::choice(&R::kind, range_kinds)},
      {"source", "text", settings_file::required, "Where it is published.",
       settings_file::words(&R::source)},
      {"date", "text", settings_file::required, "Of the list that was looked at.",
       settings_file::words(&R::date)},
      {"note", "text", "", "More of it.", settings_file::words(&R::note)},
      {"prefixes", "list of prefixes", settings_file::required, "The addresses.",
       settings_file::prefixes(&R::prefixes)},
  };
  static const settings_file::Layout<Ranges> all{
      "see data/ranges",
      {settings_file::tables<Ranges>(
          "range", "One for each list.", keys, [](auto& ranges) -> auto& { return ranges; })},
      nullptr};
  return all;
}

struct Index {
  Ranges ranges;  // by kind
  PrefixTable table;
};

Index read_ranges() {
  Index out;
  for (const EmbeddedFile& file : embedded_files()) {
    auto ranges = range_layout().parse(file.text, std::string(file.name));
    if (!ranges) throw std::logic_error(ranges.error().line());
    std::move(ranges->begin(), ranges->end(), std::back_inserter(out.ranges));
  }
  std::stable_sort(out.ranges.begin(), out.ranges.end(),
                   [](const KnownRange& a, const KnownRange& b) { return a.kind < b.kind; });
  std::vector<std::pair<Prefix, PrefixTable::Value>> entries;
  for (std::size_t i = 0; i < out.ranges.size(); ++i) {
    for (const Prefix& prefix : out.ranges[i].prefixes)
      entries.emplace_back(prefix, static_cast<PrefixTable::Value>(i));
  }
  out.table = PrefixTable(entries);
  return out;
}

const Index& range_index() {
  static const Index index = read_ranges();
  return index;
}

}  // namespace

std::string_view name_of(RangeKind kind) noexcept {
  return range_kinds[static_cast<std::size_t>(kind)].first;
}

const std::vector<KnownRange>& known_ranges() {
  return range_index().ranges;
}

const KnownRange* known_range(IpAddress address) {
  const auto found = range_index().table.find(address);
  return found.empty() ? nullptr : &range_index().ranges[found.front()];
}

const KnownRange* known_range(const Prefix& prefix, RangeKind kind) {
  for (const KnownRange& range : known_ranges()) {
    if (range.kind != kind) continue;
    for (const Prefix& other : range.prefixes) {
      if (prefix.overlaps(other)) return &range;
    }
  }
  return nullptr;
}

std::string why_not_by_address(IpAddress address, const KnownRange& range) {
  switch (range.kind) {
    case RangeKind::reserved:
      return fmt::format(
          "{} is of {} ({}): Exchange sees the public address by which that mail leaves",
          address.text(), range.name, range.source);
    case RangeKind::exchange_online:
      return fmt::format("{} is {}'s own, from which every tenant sends", address.text(),
                         range.name);
    case RangeKind::shared_sender:
      return fmt::format("{} is of {}, whose every customer sends from there", address.text(),
                         range.name);
    case RangeKind::cloud:
      break;
  }
  return fmt::format("{} is of {}, where it may be somebody else's tomorrow", address.text(),
                     range.name);
}

}  // namespace postern::tenant
