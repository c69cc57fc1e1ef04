// The author of a message: its From fields.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "message/header.hpp"

namespace postern::judge {

struct Author {
  std::size_t fields = 0;
  std::size_t addresses = 0;
  /// Some From field was not read whole, names nobody, or they are so long that a next hop may cut
  /// them: another reader may see another author.
  bool unreadable = false;
  std::string address;               ///< the first; "(unreadable)" where there is none
  std::vector<std::string> domains;  ///< of all, in normal form, each once, in order
  /// That a next hop may read in their local parts (judge/sender_readings.hpp), likewise.
  std::vector<std::string> other_domains;
};

/// What a next hop may cut is not read, and nothing behind it: whatever it says is not to be relied
/// on. What is read is bounded with it.
Author author_of(const message::HeaderBlock& header);

}  // namespace postern::judge
