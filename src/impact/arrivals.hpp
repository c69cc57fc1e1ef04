// Messages that rows tell of after their arrival alone. Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "impact/message_ids.hpp"

namespace postern::impact {

/// Holds the ids of what was told, sixteen octets each: at most so many arrivals, and as many
/// messages of later events.
class Arrivals {
 public:
  explicit Arrivals(std::size_t most) noexcept : most_(most) {}

  /// A row tells how the message came, or why it is no concern of Direct Send.
  void came(const MessageIds& ids);
  /// A row tells of what became of it.
  void went_on(const MessageIds& ids);

  struct Count {
    std::uint64_t untold = 0;  ///< messages of whose arrival no row tells
    std::uint64_t let_go = 0;  ///< of which that could not be asked
  };
  /// Call once, at the end.
  Count count();

 private:
  [[nodiscard]] bool knows(const MessageIds& ids) const;

  std::size_t most_;
  std::vector<MessageIds> later_;
  // Network message ids; Message-IDs, first those of rows without the former.
  std::vector<std::uint64_t> networks_, lone_messages_, all_messages_;
  std::uint64_t let_go_ = 0;
  bool full_ = false;  // an arrival was let go
};

}  // namespace postern::impact
