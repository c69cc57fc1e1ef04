// Shapes of messages, each kept once with how many there were. Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/hash.hpp"
#include "evidence/message.hpp"
#include "impact/shape.hpp"

namespace postern::impact {

class KeptShapes {
 public:
  /// At most `most` shapes over all lists. `changes` are the times at which connectors changed,
  /// ascending; they must outlive this.
  KeptShapes(std::size_t most, const std::vector<UnixTime>& changes, HashSeed seed)
      : most_(most), changes_(changes), seed_(seed) {}

  /// Counts a message to its shape among `shapes`, the list of that number. False where a new shape
  /// does not fit any more.
  bool keep(std::vector<Shape>& shapes, std::uint32_t list, const policy::Submission&,
            const evidence::Message&);

 private:
  std::size_t most_;
  const std::vector<UnixTime>& changes_;
  HashSeed seed_;
  std::size_t kept_ = 0;
  std::unordered_map<std::uint64_t, std::uint32_t> places_;  // in the list they belong to
};

}  // namespace postern::impact
