#include "impact/message_ids.hpp"

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

}  // namespace postern::impact
