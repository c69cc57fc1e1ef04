// Rows of several files that tell of the same messages, put together when all of them are read:
// then neither the order of the files nor that of the rows matters. Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "base/hash.hpp"
#include "evidence/message.hpp"
#include "impact/hash_counts.hpp"
#include "impact/merge.hpp"
#include "impact/message_ids.hpp"
#include "impact/packed_message.hpp"
#include "impact/told_aside.hpp"
#include "policy/policy.hpp"

namespace postern::impact {

/// An id, and the recipient or the network message id.
using IdKey = std::pair<std::uint64_t, std::uint64_t>;
/// To the groups that have it, sorted by key.
using GroupIndex = std::vector<std::pair<IdKey, std::size_t>>;

class MessageJoin {
 public:
  /// Keeps at most `most` rows; what comes later is not joined (dropped() tells).
  MessageJoin(std::size_t most, const policy::Policy& policy, HashSeed seed);

  /// The number of the file that is being read.
  void begin_file() { current_ = ++last_; }
  /// A file within the file; afterwards the outer one goes on.
  void begin_member();
  void end_member();

  /// Keeps the row until all are there. False where it has no id or there is no room for it.
  bool keep(const evidence::Message&);
  /// Keeps an event of a message that another row tells of, while there is room.
  void keep_event(const evidence::Message&);
  /// Remembers a message of the tenant's own that Direct Send does not concern: a row that could
  /// not tell so is no message of its own.
  void note_aside(const evidence::Message&);
  /// Whether another file told of the same bystander, with as much of its attribution: it is not
  /// merged, there being many, and the rows that record a connector are one another's equal.
  [[nodiscard]] bool tells_again(const evidence::Message&);

  struct Outcome {
    /// A message, once, with all that is known of it; and rows that told of it again.
    std::function<void(const evidence::Message&)> message;
    std::function<void(const evidence::Message&)> repeated;
    /// An event whose message no row holds.
    std::function<void(const evidence::Message&)> lone_event;
  };
  /// Call once, at the end.
  void close(const Outcome&);

  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }
  /// Messages of which rows contradict each other, and in what.
  [[nodiscard]] std::uint64_t contradicted() const noexcept { return contradicted_; }
  [[nodiscard]] Contradiction contradictions() const noexcept { return contradictions_; }

 private:
  struct Row {
    PackedMessage message;
    MessageIds ids;
    std::uint64_t recipient;  // hash; 0: not known
    std::uint32_t source;     // the file
  };
  struct Event {
    PackedMessage message;
    MessageIds ids;
    bool used = false;
  };
  using Places = std::vector<std::uint32_t>;  // of rows

  void merge_events();
  Event* event_of(const MessageIds& ids);
  void index(Event& event);
  void complete_by_events();
  void drop_aside(const Outcome&);
  [[nodiscard]] std::vector<Places> group_rows(const Outcome&);
  [[nodiscard]] GroupIndex groups_by_message_id(const std::vector<Places>& groups) const;
  /// Of groups with one Message-ID and recipient: whether they may tell of one message.
  [[nodiscard]] bool may_be_one(const std::vector<Places>& groups, GroupIndex::const_iterator first,
                                GroupIndex::const_iterator last) const;
  void join_by_message_id(std::vector<Places>& groups) const;
  void add_rows_by_message_id(std::vector<Places>& groups, std::vector<Places> runs,
                              const Outcome&);
  void add_rows_of_any_recipient(std::vector<Places>& groups, const Places& places, const Outcome&);
  void tell(const Places& group, const Outcome&);
  void merge_and_tell(std::vector<MessageView>& rows, const Outcome&);

  std::size_t most_;
  HashSeed seed_;
  const policy::Policy& policy_;
  MergeOrder before_;
  std::vector<Row> rows_;
  std::vector<Event> events_;
  HashCounts bystanders_;  // the file that told of each, by its ids and recipient
  ToldAside aside_;
  // Places in events_, counted from 1.
  HashCounts by_network_id_, by_message_id_;
  HashCounts ambiguous_;  // Message-IDs of more than one event
  std::uint32_t current_ = 1, last_ = 1;
  std::vector<std::uint32_t> around_;  // the files that the current one is in
  std::uint64_t dropped_ = 0, contradicted_ = 0;
  Contradiction contradictions_ = Contradiction::none;
};

}  // namespace postern::impact
