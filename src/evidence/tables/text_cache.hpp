// A small direct-mapped cache from text to a parsed value. Evidence repeats itself: the same
// domains, addresses and authentication results come back in every other row.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/hash.hpp"
#include "evidence/tables/same_text.hpp"

namespace postern::evidence {

template <class Value, std::size_t Slots, std::size_t LongestText>
class TextCache {
 public:
  /// The value for `text`, from the cache or made by parse(text, value). Texts longer than
  /// LongestText are parsed each time. The reference is valid until the next call.
  template <class Parse>
  const Value& get(std::string_view text, Parse parse) {
    // The text of a column that isn't there points nowhere, which memcpy may not be handed.
    if (text.empty()) text = std::string_view("");
    if (text.size() > LongestText) {
      parse(text, scratch_);
      return scratch_;
    }
    Slot& slot = slots_[place(text)];
    if (slot.length == text.size() + 1 &&
        same_text(text, std::string_view(slot.text.data(), text.size()))) {
      return slot.value;
    }
    slot.length = 0;  // parse may fail half-way
    parse(text, slot.value);
    std::memcpy(slot.text.data(), text.data(), text.size());
    slot.length = static_cast<std::uint32_t>(text.size() + 1);
    return slot.value;
  }

 private:
  struct Slot {
    std::uint32_t length = 0;  // one more than the text's, so that 0 means free
    std::array<char, LongestText> text;
    Value value{};
  };

  // Ends and length tell repeated values apart well enough; a clash only costs a parse.
  static std::size_t place(std::string_view text) noexcept {
    std::uint64_t head = 0;
    std::uint64_t tail = 0;
    const std::size_t part = text.size() < 8 ? text.size() : 8;
    std::memcpy(&head, text.data(), part);
    std::memcpy(&tail, text.data() + text.size() - part, part);
    return static_cast<std::size_t>(
        mixed(head ^ (tail << 1 | tail >> 63) ^ text.size(), 0x9e3779b97f4a7c15u) % Slots);
  }

  std::array<Slot, Slots> slots_{};
  Value scratch_{};
};

}  // namespace postern::evidence
