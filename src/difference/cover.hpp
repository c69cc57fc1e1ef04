// Few boxes that say where a code stands. Minimal covers are NP-hard; a greedy one, of boxes that
// can't grow, is short enough to read or too long for people anyway.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "difference/grid.hpp"

namespace postern::difference {

/// Where one code stands: in the box, but not in its exceptions, and, where `as_before` is set, not
/// where a connector takes the mail under both tenants alike (`taken_as_before`).
struct Region {
  Box box;  ///< of lines of the grid
  std::vector<Box> exceptions;
  bool as_before = false;
};

/// Together the regions hold the cells of the code, and no other cell.
/// Nothing where that takes more than `most` regions, or too long to find out.
std::optional<std::vector<Region>> cover(const Grid&, Code, std::size_t most);

/// Visits the cells of a box until `visit` says false; whether it never did.
template <class Visit>
bool each_cell(const Box& box, Visit visit) {
  bool going = true;
  CellIndex cell{};
  box[by_sender].for_each([&](std::size_t sender) {
    cell[by_sender] = sender;
    if (going)
      box[by_recipient].for_each([&](std::size_t recipient) {
        cell[by_recipient] = recipient;
        if (going)
          box[by_session].for_each([&](std::size_t session) {
            cell[by_session] = session;
            if (going)
              box[by_address].for_each([&](std::size_t address) {
                cell[by_address] = address;
                going = going && visit(cell);
              });
          });
      });
  });
  return going;
}

[[nodiscard]] inline bool holds(const Box& box, const CellIndex& cell) {
  for (const Dimension d : dimensions) {
    if (!box[d].test(cell[d])) return false;
  }
  return true;
}
/// Whether the region says that the code stands there. `code` is what does.
[[nodiscard]] bool holds(const Region&, const CellIndex&, Code code);

}  // namespace postern::difference
