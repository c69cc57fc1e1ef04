#include "gate/admission.hpp"

#include <algorithm>

namespace postern::gate {
namespace {

uint128 key_of(IpAddress address) noexcept {
  if (address.is_v4()) return address.key();
  return address.key() >> 64 << 64;
}

std::int64_t minute_of(Admission::Time now) noexcept {
  return std::chrono::duration_cast<std::chrono::minutes>(now.time_since_epoch()).count();
}

}  // namespace

Admission::Client& Admission::client(IpAddress address, std::int64_t minute) {
  Client& client = clients_[key_of(address)];
  if (client.minute != minute) {
    client.minute = minute;
    client.connected = 0;
    client.messages = 0;
  }
  return client;
}

// Clients without a connection are remembered for a minute, for their rates.
void Admission::forget_old(std::int64_t minute) {
  std::erase_if(clients_, [minute](const auto& entry) {
    return entry.second.connections == 0 && entry.second.minute != minute;
  });
  prune_at_ = std::max<std::size_t>(10000, clients_.size() * 2);
}

Admission::Answer Admission::enter(IpAddress address, Time now) {
  const std::lock_guard lock(mutex_);
  if (connections_ >= limits_.connections) return Answer::full;
  const std::int64_t minute = minute_of(now);
  if (clients_.size() >= prune_at_) forget_old(minute);
  Client& who = client(address, minute);
  if (who.connections >= limits_.connections_per_client) return Answer::too_many;
  if (limits_.connection_rate > 0 && who.connected >= limits_.connection_rate) {
    return Answer::too_fast;
  }
  ++who.connected;
  ++who.connections;
  ++connections_;
  return Answer::admitted;
}

void Admission::leave(IpAddress address) {
  const std::lock_guard lock(mutex_);
  --connections_;
  const auto found = clients_.find(key_of(address));
  if (found == clients_.end()) return;
  if (--found->second.connections == 0 && limits_.connection_rate == 0 &&
      limits_.message_rate == 0) {
    clients_.erase(found);
  }
}

bool Admission::message(IpAddress address, Time now) {
  const std::lock_guard lock(mutex_);
  if (limits_.message_rate == 0) return true;
  Client& who = client(address, minute_of(now));
  if (who.messages >= limits_.message_rate) return false;
  ++who.messages;
  return true;
}

std::size_t Admission::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

std::size_t Admission::remembered() const {
  const std::lock_guard lock(mutex_);
  return clients_.size();
}

void Admission::set_limits(const AdmissionLimits& limits) {
  const std::lock_guard lock(mutex_);
  limits_ = limits;
}

}  // namespace postern::gate
