#include "impact/joined_sources.hpp"

#include "impact/message_halves.hpp"

namespace postern::impact {

void JoinedSources::begin_member() {
  around_.push_back(current_);
  begin_next();
}

void JoinedSources::end_member() {
  current_ = around_.back();
  around_.pop_back();
}

bool JoinedSources::knows(const evidence::Message& m, std::uint64_t recipient_hash) {
  bool known = false;
  for (const std::uint64_t id : MessageIds(m, seed_).of) {
    if (id == 0) continue;
    const std::uint64_t of_message = id * 5;
    const std::uint64_t key = m.recipient.empty() ? of_message : (id * 3) ^ recipient_hash;
    const std::uint32_t first = seen_.of(key);
    if (first == 0) {
      seen_.add(key, current_);
      seen_.add(of_message, current_);
    }
    known = known || (first != 0 && first != current_);
  }
  return known;
}

}  // namespace postern::impact
