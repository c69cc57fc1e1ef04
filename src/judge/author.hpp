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
  /// Some From field was not read whole, names nobody, or is so long that a next hop may cut it:
  /// another reader may see another author.
  bool unreadable = false;
  std::string address;               ///< the first; "(unreadable)" where there is none
  std::vector<std::string> domains;  ///< of all, in normal form
};

Author author_of(const message::HeaderBlock& header);

}  // namespace postern::judge
