// Lists as text: "a, b, c".
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace postern {

/// Adds an item to a list that is written from its front: what `list` holds, `between`, the item.
inline void append_item(std::string& list, std::string_view item, std::string_view between = ", ") {
  if (!list.empty()) list += between;
  list += item;
}

/// The items (each a text, or what `text_of` makes one of) with `between` between them. Unlike
/// append_item, an empty item keeps its place.
template <class Items, class TextOf>
requires(!std::convertible_to<TextOf, std::string_view>) std::string
    joined(const Items& items, TextOf text_of, std::string_view between = ", ") {
  std::string out;
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += between;
    first = false;
    out += text_of(item);
  }
  return out;
}

template <class Items>
std::string joined(const Items& items, std::string_view between = ", ") {
  return joined(
      items, [](std::string_view text) { return text; }, between);
}

}  // namespace postern
