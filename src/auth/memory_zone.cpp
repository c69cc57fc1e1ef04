#include "auth/memory_zone.hpp"

#include "base/ascii.hpp"

namespace postern::auth {
namespace {

std::string key_of(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return to_lower(name);
}

}  // namespace

DnsAnswer& MemoryZone::records(std::string_view name, RecordType type) {
  const std::string key = key_of(name);
  for (std::string_view above = key; !above.empty();) {
    names_[std::string(above)] = true;
    const std::size_t dot = above.find('.');
    above = dot == std::string_view::npos ? std::string_view{} : above.substr(dot + 1);
  }
  DnsAnswer& found = records_[{key, type}];
  found.status = DnsStatus::success;
  return found;
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
  DnsAnswer& broken = records(name, type);
  broken = {};
  broken.status = status;
}

void MemoryZone::set_status(std::string_view name, DnsStatus status) {
  broken_[key_of(name)] = status;
}

DnsAnswer MemoryZone::answer(std::string_view name, RecordType type) const {
  std::string key = key_of(name);
  for (int depth = 0; depth < 8; ++depth) {
    if (const auto broken = broken_.find(key); broken != broken_.end()) {
      DnsAnswer failed;
      failed.status = broken->second;
      return failed;
    }
    if (const auto found = records_.find({key, type}); found != records_.end()) {
      return found->second;
    }
    const auto alias = records_.find({key, RecordType::cname});
    if (alias == records_.end() || alias->second.names.empty()) {
      DnsAnswer none;
      none.status = names_.contains(key) ? DnsStatus::no_data : DnsStatus::nonexistent_name;
      return none;
    }
    key = alias->second.names.front();
  }
  return {};
}

void MemoryZone::query(std::string_view name, RecordType type, Done done) {
  ++queries_;
  done(answer(name, type));
}

}  // namespace postern::auth
