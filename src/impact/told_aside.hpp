// Messages of the tenant's own that one file tells to be no concern of Direct Send (signed in, a
// bounce), so that rows of others that could not tell so do not count them. Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "impact/message_ids.hpp"

namespace postern::impact {

class ToldAside {
 public:
  [[nodiscard]] bool empty() const noexcept { return told_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return told_.size(); }
  void note(const Telling& telling) { told_.push_back({telling, false}); }

  /// Call once when all are noted, before anything is asked.
  void close();
  /// Whether a row tells of one of them. A network message id proves it. A Message-ID alone proves
  /// little, since devices repeat theirs and strangers can write any: the row must come from
  /// another file, nothing else that both tell may differ, and each is told again once. Ask in the
  /// order of the Message-IDs.
  [[nodiscard]] bool is_told_again_by(const Telling& row);
  /// Whether one of them has the network message id or, where there is none, the Message-ID.
  [[nodiscard]] bool holds(const MessageIds& ids) const;

 private:
  struct Told {
    Telling telling;
    bool again;  // by a row that only the Message-ID joins to it
  };
  [[nodiscard]] bool has_network_id_of(const Telling& row) const;

  std::vector<Told> told_;  // by Message-ID, what tells most first
  std::vector<Telling> by_network_id_;
  std::size_t next_ = 0;  // all before have another Message-ID, or are told again
};

}  // namespace postern::impact
