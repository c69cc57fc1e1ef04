// What comes of all mail as a small table of codes: classes that no code tells apart are one line
// of it. A code stands for what a reader of the difference tells apart.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "difference/bits.hpp"
#include "difference/planes.hpp"

namespace postern::difference {

using Code = std::uint32_t;
/// Decided alike under both, and nobody need hear of it.
constexpr Code nothing = 0;
/// Decided alike under both, by a connector that takes it.
constexpr Code taken_as_before = 1;

enum Dimension : std::uint8_t { by_sender, by_recipient, by_session, by_address };
constexpr std::array<Dimension, 4> dimensions = {by_sender, by_recipient, by_session, by_address};

/// One set for each dimension: of lines of the grid, or of classes.
using Box = std::array<Bits, 4>;
using CellIndex = std::array<std::size_t, 4>;

class Grid {
 public:
  explicit Grid(const Classes&, std::size_t address_classes);

  /// Takes a block of the pass over the planes, which come in order.
  void add(const Block&, Code);
  /// Merges; false where the table would be too large to look at (then nothing else may be asked).
  bool finish(std::span<const Plane>);

  [[nodiscard]] std::size_t size(Dimension d) const { return lines_[d].size(); }
  [[nodiscard]] Code at(const CellIndex& cell) const {
    const std::size_t behaviour =
        behaviour_of_pair_[cell[by_sender] * size(by_recipient) + cell[by_recipient]];
    return codes_[behaviours_[behaviour * size(by_session) + cell[by_session]] * size(by_address) +
                  cell[by_address]];
  }
  /// Classes instead of lines.
  [[nodiscard]] Box in_classes(const Box& lines) const;
  /// The classes of one line.
  [[nodiscard]] const Bits& line(Dimension d, std::size_t i) const { return lines_[d][i]; }

  static constexpr std::size_t most_words = 12'000'000;
  static constexpr std::size_t most_cells = 400'000;

 private:
  using Key = std::vector<std::uint64_t>;
  /// Addresses by code, for one group of sessions.
  using Parts = std::vector<std::pair<Code, Bits>>;

  void close_sessions();
  void close_plane();
  void merge_pairs(std::span<const Plane>);
  void merge_sessions();
  bool merge_addresses();

  std::size_t sender_classes_, recipient_classes_, session_classes_, address_classes_;
  bool too_large_ = false;
  std::size_t words_ = 0;
  // Of the plane at hand.
  bool open_ = false;
  std::size_t plane_ = 0;
  Bits sessions_;
  Parts parts_;
  std::vector<std::uint64_t> parts_of_session_;

  std::unordered_map<Key, std::size_t, WordsHash> known_parts_, known_behaviours_;
  std::vector<Parts> all_parts_;
  std::vector<Key> all_behaviours_;  ///< by session class: an index into all_parts_
  std::vector<std::size_t> behaviour_of_plane_;

  std::array<std::vector<Bits>, 4> lines_;
  std::vector<std::size_t> behaviour_of_pair_, behaviours_;
  std::vector<Code> codes_;
};

}  // namespace postern::difference
