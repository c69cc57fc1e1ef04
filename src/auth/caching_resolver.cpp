#include "auth/caching_resolver.hpp"

#include <algorithm>
#include <iterator>

#include "base/ascii.hpp"

namespace postern::auth {
namespace {

// A node of the list and one of the table, with what the allocator adds.
constexpr std::size_t a_place = 128;

std::size_t octets_of(const DnsAnswer& answer) noexcept {
  std::size_t octets = answer.addresses.size() * sizeof(IpAddress);
  for (const std::string& text : answer.texts)
    octets += sizeof(std::string) + text.size();
  for (const std::string& name : answer.names)
    octets += sizeof(std::string) + name.size();
  for (const MailExchange& exchange : answer.exchanges)
    octets += sizeof(MailExchange) + exchange.host.size();
  return octets;
}

}  // namespace

CachingResolver::CachingResolver(Resolver& upstream, std::function<UnixTime()> now, Limits limits)
    : upstream_(upstream),
      now_(std::move(now)),
      limits_(limits),
      places_(0, Hash{limits.seed}),
      self_(std::make_shared<CachingResolver*>(this)) {}

const DnsAnswer* CachingResolver::at_hand(std::string_view name, RecordType type) {
  if (name.ends_with('.')) name.remove_suffix(1);
  key_.clear();
  for (const char c : name)
    key_ += ascii_lower(c);
  key_ += '/';
  key_ += static_cast<char>('A' + static_cast<int>(type));
  if (const auto found = places_.find(key_); found != places_.end()) {
    if (now_() < found->second->until) {
      ++hits_;
      entries_.splice(entries_.begin(), entries_, found->second);
      return &found->second->answer;
    }
    drop(found->second);
  }
  return nullptr;
}

void CachingResolver::query(std::string_view name, RecordType type, Done done) {
  if (const DnsAnswer* known = at_hand(name, type)) {
    done(*known);
    return;
  }
  // at_hand() left its key.
  upstream_.query(name, type,
                  [self = self_, key = key_, done = std::move(done)](DnsAnswer answer) mutable {
                    if (*self != nullptr) (*self)->keep(std::move(key), answer);
                    done(std::move(answer));
                  });
}

void CachingResolver::keep(std::string key, const DnsAnswer& answer) {
  if (is_temporary(answer.status) || answer.status == DnsStatus::bad_name) return;
  const std::uint32_t ttl = answer.status == DnsStatus::success ? answer.ttl : limits_.negative_ttl;
  if (ttl == 0 || places_.contains(key)) return;
  const std::size_t octets = octets_of(answer) + key.size() + sizeof(Entry) + a_place;
  if (octets > limits_.longest_answer) return;
  entries_.push_front(
      {std::move(key), answer, now_() + std::min(ttl, limits_.longest_ttl), octets});
  places_.emplace(entries_.front().key, entries_.begin());
  octets_ += octets;
  while (entries_.size() > limits_.answers || octets_ > limits_.octets)
    drop(std::prev(entries_.end()));
}

void CachingResolver::drop(std::list<Entry>::iterator entry) {
  octets_ -= entry->octets;
  places_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace postern::auth
