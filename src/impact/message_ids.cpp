#include "impact/message_ids.hpp"

#include <algorithm>
#include <string_view>

namespace postern::impact {

MessageIds::MessageIds(const evidence::Message& m, HashSeed seed) {
  const auto hash = [seed](std::string_view id) {
    if (id.starts_with('<')) id.remove_prefix(1);
    if (id.ends_with('>')) id.remove_suffix(1);
    return id.empty() ? std::uint64_t{0} : hash_folded(seed, id);
  };
  network = hash(m.network_message_id);
  message = hash(m.message_id);
}

std::uint64_t recipient_key(const evidence::Message& m, HashSeed seed) noexcept {
  return m.recipient.empty() ? 0 : hash_folded(seed, m.recipient);
}

std::uint64_t client_key(const evidence::Message& m, HashSeed seed) noexcept {
  const auto& address = m.submission.client_ip;
  return address ? hash_of(seed, address->key()) | 1 : 0;
}

namespace {

std::uint64_t key_of(std::string_view address, HashSeed seed) noexcept {
  return address.empty() ? 0 : hash_folded(seed, address);
}

bool agree(std::uint64_t a, std::uint64_t b) noexcept {
  return a == 0 || b == 0 || a == b;
}

bool tells_none(const std::array<std::uint64_t, 2>& senders) noexcept {
  return senders[0] == 0 && senders[1] == 0;
}

}  // namespace

Telling::Telling(const evidence::Message& m, HashSeed seed, std::uint32_t of_file)
    : ids(m, seed),
      recipient(recipient_key(m, seed)),
      client(client_key(m, seed)),
      senders{key_of(m.reverse_path, seed), key_of(m.header_from, seed)},
      time(m.submission.time),
      file(of_file) {}

bool Telling::agrees_with(const Telling& other) const noexcept {
  if (!agree(recipient, other.recipient) || !agree(client, other.client)) return false;
  if (time && other.time &&
      std::max(*time, *other.time) - std::min(*time, *other.time) > longest_delay)
    return false;
  if (tells_none(senders) || tells_none(other.senders)) return true;
  return std::any_of(senders.begin(), senders.end(), [&](std::uint64_t sender) {
    return sender != 0 && (sender == other.senders[0] || sender == other.senders[1]);
  });
}

}  // namespace postern::impact
