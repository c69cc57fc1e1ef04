// Whether two short texts are the same, without a call: for names and values that come back in
// every row. Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace postern::evidence {

inline bool same_text(std::string_view a, std::string_view b) noexcept {
  const std::size_t size = a.size();
  if (size != b.size()) return false;
  if (size < 8 || size > 64) return a == b;
  const auto differ_at = [&](std::size_t at) {
    std::uint64_t left = 0;
    std::uint64_t right = 0;
    std::memcpy(&left, a.data() + at, sizeof left);
    std::memcpy(&right, b.data() + at, sizeof right);
    return left != right;
  };
  for (std::size_t at = 0; at + 8 < size; at += 8) {
    if (differ_at(at)) return false;
  }
  return !differ_at(size - 8);
}

}  // namespace postern::evidence
