#include "auth/memory_zone.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/domain.hpp"

namespace postern::auth {
namespace {

std::string key_of(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return to_lower(name);
}

DnsAnswer nothing(DnsStatus status) {
  DnsAnswer answer;
  answer.status = status;
  return answer;
}

}  // namespace

const DnsAnswer* MemoryZone::Node::find(RecordType type) const noexcept {
  for (const auto& [each, answer] : answers) {
    if (each == type) return &answer;
  }
  return nullptr;
}

MemoryZone::Node& MemoryZone::node(std::string_view name) {
  const std::string key = key_of(name);
  for (std::string_view above = parent_domain(key); !above.empty(); above = parent_domain(above))
    nodes_.try_emplace(std::string(above));
  return nodes_[key];
}

DnsAnswer& MemoryZone::records(std::string_view name, RecordType type) {
  Node& found = node(name);
  const auto place = std::find_if(found.answers.begin(), found.answers.end(),
                                  [&](const auto& each) { return each.first == type; });
  DnsAnswer& answer = place != found.answers.end()
                          ? place->second
                          : found.answers.emplace_back(type, DnsAnswer{}).second;
  answer.status = DnsStatus::success;
  return answer;
}

void MemoryZone::add_address(std::string_view name, IpAddress address) {
  records(name, address.is_v4() ? RecordType::a : RecordType::aaaa).addresses.push_back(address);
}

void MemoryZone::add_text(std::string_view name, std::string text) {
  records(name, RecordType::txt).texts.push_back(std::move(text));
}

void MemoryZone::add_exchange(std::string_view name, std::uint16_t preference,
                              std::string_view host) {
  records(name, RecordType::mx).exchanges.push_back({preference, key_of(host)});
}

void MemoryZone::add_pointer(std::string_view name, std::string_view target) {
  records(name, RecordType::ptr).names.push_back(key_of(target));
}

void MemoryZone::add_alias(std::string_view name, std::string_view target) {
  records(name, RecordType::cname).names.push_back(key_of(target));
}

void MemoryZone::add_name_server(std::string_view name, std::string_view host) {
  records(name, RecordType::ns).names.push_back(key_of(host));
}

void MemoryZone::set_status(std::string_view name, RecordType type, DnsStatus status) {
  records(name, type) = nothing(status);
}

void MemoryZone::set_status(std::string_view name, DnsStatus status) {
  node(name).broken = nothing(status);
}

const DnsAnswer& MemoryZone::find(std::string_view name, RecordType type) const {
  static const DnsAnswer failed = nothing(DnsStatus::server_failure);
  static const DnsAnswer no_data = nothing(DnsStatus::no_data);
  static const DnsAnswer nonexistent = nothing(DnsStatus::nonexistent_name);
  if (name.ends_with('.')) name.remove_suffix(1);
  std::array<char, 255> lower;
  std::string longer;
  if (name.size() <= lower.size()) {
    std::transform(name.begin(), name.end(), lower.begin(), ascii_lower);
    name = {lower.data(), name.size()};
  } else {
    name = longer = to_lower(name);
  }
  for (int depth = 0; depth < 8; ++depth) {
    const auto found = nodes_.find(name);
    if (found == nodes_.end()) return nonexistent;
    if (found->second.broken) return *found->second.broken;
    if (const DnsAnswer* answer = found->second.find(type)) return *answer;
    const DnsAnswer* alias = found->second.find(RecordType::cname);
    if (alias == nullptr || alias->names.empty()) return no_data;
    name = alias->names.front();
  }
  return failed;
}

const DnsAnswer* MemoryZone::at_hand(std::string_view name, RecordType type) {
  ++queries_;
  return &find(name, type);
}

void MemoryZone::query(std::string_view name, RecordType type, Done done) {
  done(*at_hand(name, type));
}

}  // namespace postern::auth
