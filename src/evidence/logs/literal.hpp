// Whether a text begins with a word that is known when compiling: compared without a call, which
// counts where every line of a log is asked for a dozen of them. Internal to the room.
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

namespace postern::evidence {

template <std::size_t Size>
inline bool begins(std::string_view text, const char (&word)[Size]) noexcept {
  return text.size() >= Size - 1 && std::memcmp(text.data(), word, Size - 1) == 0;
}
template <std::size_t Size>
inline bool is_word(std::string_view text, const char (&word)[Size]) noexcept {
  return text.size() == Size - 1 && std::memcmp(text.data(), word, Size - 1) == 0;
}

}  // namespace postern::evidence
