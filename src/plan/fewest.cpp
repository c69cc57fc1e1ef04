// An address may send as a set of domains: all that some source has with it. Addresses of one set
// are a row. A connector's domains can be widened to all that its addresses have in common, at no
// cost: what is worth trying as domains of a connector is an intersection of rows. Which of these
// cover all rows is a small search; what remains are the blocks, component by component.
#include "plan/fewest.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace postern::plan {
namespace {

using Mask = std::uint64_t;  // of columns: domains that no row tells apart

constexpr std::size_t most_columns = 64;
constexpr std::size_t most_candidates = 400;
constexpr std::uint64_t most_looks = 100'000;
/// Addresses times choices of connectors for which the blocks are compared.
constexpr std::size_t most_compared = 400'000;

/// Rows and columns of the pairs that are needed.
struct Table {
  std::vector<std::vector<std::string>> columns;
  std::map<IpAddress, std::size_t> row_of;
  std::vector<Mask> rows;
  /// Domains of each row, for where there are too many columns.
  std::vector<std::set<std::string>> domains;
};

Table table_of(const std::vector<SourceNeeds>& sources) {
  std::map<IpAddress, std::set<std::string>> domains_of;
  for (const SourceNeeds& source : sources) {
    for (const IpAddress& address : source.addresses)
      domains_of[address].insert(source.domains.begin(), source.domains.end());
  }
  Table out;
  std::map<std::set<std::string>, std::size_t> known;
  for (const auto& [address, domains] : domains_of) {
    const auto [found, added] = known.emplace(domains, out.domains.size());
    if (added) out.domains.push_back(domains);
    out.row_of.emplace(address, found->second);
  }
  std::map<std::string, std::vector<std::size_t>> rows_with;
  for (std::size_t row = 0; row < out.domains.size(); ++row) {
    for (const std::string& domain : out.domains[row])
      rows_with[domain].push_back(row);
  }
  std::map<std::vector<std::size_t>, std::size_t> column_of;
  for (const auto& [domain, rows] : rows_with) {
    const auto [found, added] = column_of.emplace(rows, out.columns.size());
    if (added) out.columns.emplace_back();
    out.columns[found->second].push_back(domain);
  }
  if (out.columns.size() > most_columns) return out;
  out.rows.assign(out.domains.size(), 0);
  for (const auto& [rows, column] : column_of) {
    for (const std::size_t row : rows)
      out.rows[row] |= Mask{1} << column;
  }
  return out;
}

// All intersections of rows that are not empty, the widest first; nothing where those are too many.
std::optional<std::vector<Mask>> intersections(const std::vector<Mask>& rows) {
  std::set<Mask> known(rows.begin(), rows.end());
  std::vector<Mask> fresh(known.begin(), known.end());
  while (!fresh.empty()) {
    const Mask one = fresh.back();
    fresh.pop_back();
    for (const Mask row : rows) {
      const Mask both = one & row;
      if (both != 0 && known.insert(both).second) fresh.push_back(both);
    }
    if (known.size() > most_candidates) return std::nullopt;
  }
  std::vector<Mask> out(known.begin(), known.end());
  std::stable_sort(out.begin(), out.end(),
                   [](Mask a, Mask b) { return std::popcount(a) > std::popcount(b); });
  return out;
}

/// Calls `take` for every choice of `count` masks that cover all rows, each by parts of its own.
class Choices {
 public:
  Choices(const std::vector<Mask>& rows, const std::vector<Mask>& candidates) : rows_(rows) {
    for (std::size_t row = 0; row < rows.size(); ++row) {
      for (Mask left = rows[row]; left != 0; left &= left - 1) {
        Need need{row, left & (~left + 1), {}};
        for (const Mask candidate : candidates) {
          if ((candidate & ~rows[row]) == 0 && (candidate & need.column) != 0) {
            need.options.push_back(candidate);
          }
        }
        needs_.push_back(std::move(need));
      }
    }
    // What can be met in few ways decides most.
    std::stable_sort(needs_.begin(), needs_.end(), [](const Need& one, const Need& other) {
      return one.options.size() < other.options.size();
    });
  }

  /// False where that took too long, or `take` says so.
  template <class Take>
  bool each(std::size_t count, const Take& take) {
    looks_ = 0;
    return search(count, take);
  }

 private:
  /// A column that a row needs.
  struct Need {
    std::size_t row = 0;
    Mask column = 0;
    std::vector<Mask> options;
  };

  template <class Take>
  bool search(std::size_t left, const Take& take) {
    if (++looks_ > most_looks) return false;
    const auto open = std::find_if(needs_.begin(), needs_.end(), [&](const Need& need) {
      return std::none_of(chosen_.begin(), chosen_.end(), [&](Mask mask) {
        return (mask & ~rows_[need.row]) == 0 && (mask & need.column) != 0;
      });
    });
    if (open == needs_.end()) return take(chosen_);
    if (left == 0) return true;
    for (const Mask option : open->options) {
      chosen_.push_back(option);
      const bool going = search(left - 1, take);
      chosen_.pop_back();
      if (!going) return false;
    }
    return true;
  }

  const std::vector<Mask>& rows_;
  std::vector<Need> needs_;
  std::vector<Mask> chosen_;
  std::uint64_t looks_ = 0;
};

/// A block that a connector may list.
struct Block {
  std::size_t connector = 0;
  Prefix prefix;
};

/// The fewest blocks for connectors of given domains.
class Blocks {
 public:
  Blocks(const Table& table, std::vector<Mask> domains)
      : table_(table), domains_(std::move(domains)) {
    for (std::size_t i = 0; i < domains_.size(); ++i) {
      std::vector<IpAddress> allowed;
      for (const auto& [address, row] : table_.row_of) {
        if ((domains_[i] & ~table_.rows[row]) == 0) allowed.push_back(address);
      }
      for (const Prefix& prefix : exact_blocks(std::move(allowed)))
        blocks_.push_back({i, prefix});
    }
    // Blocks lie within one another or apart: whatever overlaps is one run.
    std::stable_sort(blocks_.begin(), blocks_.end(), [](const Block& a, const Block& b) {
      return std::pair(a.prefix.first(), a.prefix.length()) <
             std::pair(b.prefix.first(), b.prefix.length());
    });
  }

  std::vector<Block> run() {
    for (std::size_t from = 0; from < blocks_.size();) {
      const IpAddress last = blocks_[from].prefix.last();
      std::size_t to = from + 1;
      while (to < blocks_.size() && blocks_[to].prefix.first() <= last)
        ++to;
      solve(from, to);
      from = to;
    }
    return std::move(out_);
  }

 private:
  /// A column that addresses of one row in the same blocks need, and the blocks that have it.
  using Need = std::vector<std::size_t>;

  void solve(std::size_t from, std::size_t to) {
    needs_ = needs_of(from, to);
    in_use_.assign(to - from, false);
    best_.reset();
    looks_ = 0;
    search(0);
    for (std::size_t i = 0; i < to - from; ++i) {
      // Where the search did not end, all that may be listed is.
      if (!best_ || (*best_)[i]) out_.push_back(blocks_[from + i]);
    }
  }

  std::vector<Need> needs_of(std::size_t from, std::size_t to) const {
    std::set<Need> known;
    const IpAddress last = blocks_[from].prefix.last();
    for (auto at = table_.row_of.lower_bound(blocks_[from].prefix.first());
         at != table_.row_of.end() && at->first <= last; ++at) {
      for (Mask left = table_.rows[at->second]; left != 0; left &= left - 1) {
        Need need;
        for (std::size_t i = from; i < to; ++i) {
          const bool has = (domains_[blocks_[i].connector] & left & (~left + 1)) != 0;
          if (has && blocks_[i].prefix.contains(at->first)) need.push_back(i - from);
        }
        known.insert(std::move(need));
      }
    }
    std::vector<Need> out(known.begin(), known.end());
    std::stable_sort(out.begin(), out.end(),
                     [](const Need& a, const Need& b) { return a.size() < b.size(); });
    return out;
  }

  void search(std::size_t used) {
    if (++looks_ > most_looks || (best_ && used >= best_size_)) return;
    const auto open = std::find_if(needs_.begin(), needs_.end(), [&](const Need& need) {
      return std::none_of(need.begin(), need.end(), [&](std::size_t i) { return in_use_[i]; });
    });
    if (open == needs_.end()) {
      best_ = in_use_;
      best_size_ = used;
      return;
    }
    for (const std::size_t option : *open) {
      in_use_[option] = true;
      search(used + 1);
      in_use_[option] = false;
    }
  }

  const Table& table_;
  std::vector<Mask> domains_;
  std::vector<Block> blocks_;
  // Of the run at hand.
  std::vector<Need> needs_;
  std::vector<bool> in_use_;
  std::optional<std::vector<bool>> best_;
  std::size_t best_size_ = 0;
  std::uint64_t looks_ = 0;
  std::vector<Block> out_;
};

std::vector<Listed> one_for_each_row(const Table& table) {
  std::vector<Listed> out(table.domains.size());
  std::vector<std::vector<IpAddress>> addresses(table.domains.size());
  for (const auto& [address, row] : table.row_of)
    addresses[row].push_back(address);
  for (std::size_t row = 0; row < out.size(); ++row) {
    out[row].blocks = exact_blocks(std::move(addresses[row]));
    out[row].domains.assign(table.domains[row].begin(), table.domains[row].end());
  }
  return out;
}

std::vector<Listed> listed(const Table& table, const std::vector<Mask>& domains,
                           const std::vector<Block>& blocks) {
  std::vector<Listed> out(domains.size());
  for (std::size_t i = 0; i < domains.size(); ++i) {
    for (std::size_t column = 0; column < table.columns.size(); ++column) {
      if ((domains[i] >> column & 1) == 0) continue;
      const auto& names = table.columns[column];
      out[i].domains.insert(out[i].domains.end(), names.begin(), names.end());
    }
    std::sort(out[i].domains.begin(), out[i].domains.end());
  }
  for (const Block& block : blocks)
    out[block.connector].blocks.push_back(block.prefix);
  return out;
}

}  // namespace

std::vector<Prefix> exact_blocks(std::vector<IpAddress> addresses) {
  std::erase_if(addresses, [](const IpAddress& address) { return !address.is_v4(); });
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  std::vector<Prefix> out;
  for (std::size_t i = 0; i < addresses.size();) {
    const std::uint32_t first = addresses[i].v4();
    // The widest block that starts here and whose every address is there. Sorted and without
    // repeats, so that looking at the last one is enough.
    std::size_t size = 256;
    while (size > 1 && ((first & (size - 1)) != 0 || i + size > addresses.size() ||
                        addresses[i + size - 1].v4() != first + size - 1)) {
      size /= 2;
    }
    unsigned length = 32;
    for (std::size_t s = size; s > 1; s /= 2)
      --length;
    out.emplace_back(addresses[i], length);
    i += size;
  }
  return out;
}

std::vector<Listed> fewest_connectors(const std::vector<SourceNeeds>& sources) {
  const Table table = table_of(sources);
  if (table.domains.empty()) return {};
  std::vector<Listed> best = one_for_each_row(table);
  const auto candidates = table.rows.empty() ? std::nullopt : intersections(table.rows);
  if (!candidates) return best;
  std::optional<std::size_t> fewest;
  std::set<std::vector<Mask>> seen;
  Choices choices(table.rows, *candidates);
  const auto take = [&](std::vector<Mask> domains) {
    std::sort(domains.begin(), domains.end());
    if (!seen.insert(domains).second) return true;
    if (fewest && seen.size() * table.row_of.size() > most_compared) return false;
    const std::vector<Block> blocks = Blocks(table, domains).run();
    if (fewest && blocks.size() >= *fewest) return true;
    fewest = blocks.size();
    best = listed(table, domains, blocks);
    return true;
  };
  for (std::size_t count = 1; count <= table.rows.size() && !fewest; ++count) {
    if (!choices.each(count, take)) break;
  }
  return best;
}

}  // namespace postern::plan
