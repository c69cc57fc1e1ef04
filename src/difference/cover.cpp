#include "difference/cover.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace postern::difference {
namespace {

constexpr std::uint64_t most_looks = 6'000'000;

using Order = std::array<Dimension, 4>;
// In which order a box grows decides what it becomes.
constexpr std::array<Order, 6> orders = {{
    {by_address, by_session, by_sender, by_recipient},
    {by_address, by_session, by_recipient, by_sender},
    {by_sender, by_recipient, by_session, by_address},
    {by_recipient, by_sender, by_address, by_session},
    {by_session, by_address, by_sender, by_recipient},
    {by_sender, by_address, by_recipient, by_session},
}};

/// Marks on the cells of a grid.
class Marks {
 public:
  explicit Marks(const Grid& grid) : grid_(grid) {
    std::size_t cells = 1;
    for (const Dimension d : dimensions)
      cells *= grid.size(d);
    marks_.resize(cells);
  }
  [[nodiscard]] std::vector<bool>::reference operator[](const CellIndex& cell) {
    std::size_t at = 0;
    for (const Dimension d : dimensions)
      at = at * grid_.size(d) + cell[d];
    return marks_[at];
  }

 private:
  const Grid& grid_;
  std::vector<bool> marks_;
};

class Coverer {
 public:
  explicit Coverer(const Grid& grid) : grid_(grid) {
    for (const Dimension d : dimensions)
      whole_[d] = Bits::full(grid.size(d));
  }

  std::optional<std::vector<Region>> run(Code code, std::size_t most) {
    const std::vector<CellIndex> cells = cells_of(code);
    const auto strict = [&](const CellIndex& cell) { return grid_.at(cell) == code; };
    auto boxes = boxes_over(cells, whole_, most, strict);
    auto hull = hull_of(cells, code, boxes ? boxes->size() : most + 1);
    if (hull) return std::vector<Region>{widened(std::move(*hull), code)};
    if (!boxes) return std::nullopt;
    std::vector<Region> out;
    for (Box& box : *boxes)
      out.push_back(widened({std::move(box), {}, false}, code));
    return out;
  }

 private:
  std::vector<CellIndex> cells_of(Code code) const {
    std::vector<CellIndex> out;
    each_cell(whole_, [&](const CellIndex& cell) {
      if (grid_.at(cell) == code) out.push_back(cell);
      return true;
    });
    return out;
  }

  template <class Allowed>
  bool all_allowed(const Box& box, Allowed allowed) {
    return each_cell(box, [&](const CellIndex& cell) {
      ++looks_;
      return allowed(cell);
    });
  }

  template <class Allowed>
  Box grown(const CellIndex& seed, const Box& within, const Order& order, Allowed allowed) {
    Box box;
    for (const Dimension d : dimensions) {
      box[d] = Bits(grid_.size(d));
      box[d].set(seed[d]);
    }
    for (const Dimension d : order) {
      within[d].for_each([&](std::size_t line) {
        if (box[d].test(line)) return;
        Box slab = box;
        slab[d] = Bits(grid_.size(d));
        slab[d].set(line);
        if (all_allowed(slab, allowed)) box[d].set(line);
      });
    }
    return box;
  }

  /// Boxes inside `within` of allowed cells, over all of `cells`.
  template <class Allowed>
  std::optional<std::vector<Box>> boxes_over(const std::vector<CellIndex>& cells, const Box& within,
                                             std::size_t most, Allowed allowed) {
    Marks covered(grid_);
    std::vector<Box> out;
    for (const CellIndex& seed : cells) {
      if (covered[seed]) continue;
      if (out.size() == most || looks_ > most_looks) return std::nullopt;
      Box best;
      std::size_t best_gain = 0;
      for (const Order& order : orders) {
        Box box = grown(seed, within, order, allowed);
        std::size_t gain = 0;
        for (const CellIndex& cell : cells)
          gain += !covered[cell] && holds(box, cell) ? 1 : 0;
        looks_ += cells.size();
        if (gain <= best_gain) continue;
        best_gain = gain;
        best = std::move(box);
      }
      for (const CellIndex& cell : cells) {
        if (holds(best, cell)) covered[cell] = true;
      }
      out.push_back(std::move(best));
    }
    drop_redundant(cells, out);
    return out;
  }

  static void drop_redundant(const std::vector<CellIndex>& cells, std::vector<Box>& boxes) {
    for (std::size_t i = 0; i < boxes.size();) {
      const bool needed = std::any_of(cells.begin(), cells.end(), [&](const CellIndex& cell) {
        if (!holds(boxes[i], cell)) return false;
        for (std::size_t j = 0; j < boxes.size(); ++j) {
          if (j != i && holds(boxes[j], cell)) return false;
        }
        return true;
      });
      if (needed) {
        ++i;
      } else {
        boxes.erase(boxes.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
  }

  /// Takes in whole dimensions where only mail that a connector takes as before comes along.
  Region widened(Region region, Code code) {
    for (const Dimension d : {by_address, by_session, by_sender, by_recipient}) {
      if (region.box[d] == whole_[d]) continue;
      Box box = region.box;
      box[d] = whole_[d];
      const bool fits = all_allowed(box, [&](const CellIndex& cell) {
        const Code there = grid_.at(cell);
        return there == code || there == taken_as_before ||
               std::any_of(region.exceptions.begin(), region.exceptions.end(),
                           [&](const Box& out) { return holds(out, cell); });
      });
      if (fits) {
        region.box = std::move(box);
        region.as_before = true;
      }
    }
    return region;
  }

  /// All cells of the code in one box, and what it must leave out; nothing where that is no shorter
  /// than `boxes` of them.
  std::optional<Region> hull_of(const std::vector<CellIndex>& cells, Code code, std::size_t boxes) {
    if (boxes < 2) return std::nullopt;
    Region out;
    for (const Dimension d : dimensions)
      out.box[d] = Bits(grid_.size(d));
    for (const CellIndex& cell : cells) {
      for (const Dimension d : dimensions)
        out.box[d].set(cell[d]);
    }
    std::vector<CellIndex> wrong;
    each_cell(out.box, [&](const CellIndex& cell) {
      const Code there = grid_.at(cell);
      if (there == taken_as_before) out.as_before = true;
      if (there != code && there != taken_as_before) wrong.push_back(cell);
      return true;
    });
    // Whatever else stands there may be left out with them, for it is not the code.
    const auto other = [&](const CellIndex& cell) { return grid_.at(cell) != code; };
    auto exceptions = boxes_over(wrong, out.box, boxes - 2, other);
    if (!exceptions) return std::nullopt;
    out.exceptions = std::move(*exceptions);
    return out;
  }

  const Grid& grid_;
  Box whole_;
  std::uint64_t looks_ = 0;
};

}  // namespace

std::optional<std::vector<Region>> cover(const Grid& grid, Code code, std::size_t most) {
  return Coverer(grid).run(code, most);
}

bool holds(const Region& region, const CellIndex& cell, Code code) {
  if (!holds(region.box, cell)) return false;
  if (region.as_before && code == taken_as_before) return false;
  return std::none_of(region.exceptions.begin(), region.exceptions.end(),
                      [&](const Box& box) { return holds(box, cell); });
}

}  // namespace postern::difference
