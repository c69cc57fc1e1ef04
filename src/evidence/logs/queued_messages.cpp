#include "evidence/logs/queued_messages.hpp"

namespace postern::evidence {

void QueuedMessage::reset() {
  client.reset();
  client_known = signed_in = local = no_certificate = false;
  tls = policy::Known::unknown;
  sender_state = policy::ReversePath::State::unknown;
  sender.clear();
  client_name.clear();
  helo.clear();
  message_id.clear();
}

// The key's slot, or the free one where it would stand.
std::size_t QueuedMessages::slot_of(std::uint64_t key) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = key & mask;
  while (slots_[at] != none && entries_[slots_[at]].key != key)
    at = (at + 1) & mask;
  return at;
}

QueuedMessage* QueuedMessages::find(std::uint64_t key) noexcept {
  const std::uint32_t index = slots_[slot_of(key)];
  return index == none ? nullptr : &entries_[index].message;
}

QueuedMessage& QueuedMessages::at(std::uint64_t key) {
  if (QueuedMessage* open = find(key)) return *open;
  if (count_ == most_) {
    close(entries_[oldest_].key);
    ++forgotten_;
  }
  if ((count_ + 1) * 2 > slots_.size()) grow();
  std::uint32_t index = free_;
  if (index == none) {
    index = static_cast<std::uint32_t>(entries_.size());
    entries_.emplace_back();
  } else {
    free_ = entries_[index].newer;
  }
  Entry& entry = entries_[index];
  entry.key = key;
  entry.message.reset();
  entry.older = newest_;
  entry.newer = none;
  (newest_ == none ? oldest_ : entries_[newest_].newer) = index;
  newest_ = index;
  slots_[slot_of(key)] = index;
  ++count_;
  return entry.message;
}

void QueuedMessages::close(std::uint64_t key) {
  const std::size_t slot = slot_of(key);
  const std::uint32_t index = slots_[slot];
  if (index == none) return;
  Entry& entry = entries_[index];
  (entry.older == none ? oldest_ : entries_[entry.older].newer) = entry.newer;
  (entry.newer == none ? newest_ : entries_[entry.newer].older) = entry.older;
  remove_slot(slot);
  entry.newer = free_;
  free_ = index;
  --count_;
}

// Moves later entries of the same run up, so that no mark of a removed one is needed.
void QueuedMessages::remove_slot(std::size_t slot) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t hole = slot;
  for (std::size_t at = (slot + 1) & mask; slots_[at] != none; at = (at + 1) & mask) {
    const std::size_t home = entries_[slots_[at]].key & mask;
    if (((at - home) & mask) >= ((at - hole) & mask)) {
      slots_[hole] = slots_[at];
      hole = at;
    }
  }
  slots_[hole] = none;
}

void QueuedMessages::grow() {
  slots_.assign(slots_.size() * 2, none);
  for (std::uint32_t index = oldest_; index != none; index = entries_[index].newer)
    slots_[slot_of(entries_[index].key)] = index;
}

}  // namespace postern::evidence
