// DNS in memory: records added by hand answer at once. For tests, and for checking a message
// against records that are not published yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "auth/resolver.hpp"

namespace postern::auth {

/// Names are compared without case. A name below which records exist is there itself, without
/// data (an empty non-terminal, RFC 8020); any other is NXDOMAIN. Aliases are followed up to eight
/// deep, a loop is a server failure.
class MemoryZone final : public Resolver {
 public:
  void add_address(std::string_view name, IpAddress address);
  void add_text(std::string_view name, std::string text);
  void add_exchange(std::string_view name, std::uint16_t preference, std::string_view host);
  void add_pointer(std::string_view name, std::string_view target);
  void add_alias(std::string_view name, std::string_view target);
  void add_name_server(std::string_view name, std::string_view host);
  /// Makes queries of that type at the name end like this.
  void set_status(std::string_view name, RecordType type, DnsStatus status);
  /// Makes every query at the name end like this.
  void set_status(std::string_view name, DnsStatus status);

  void query(std::string_view name, RecordType type, Done done) override;
  const DnsAnswer* at_hand(std::string_view name, RecordType type) override;
  [[nodiscard]] DnsAnswer answer(std::string_view name, RecordType type) const {
    return find(name, type);
  }
  /// Queries asked so far.
  [[nodiscard]] std::uint64_t queries() const noexcept { return queries_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  struct Node {
    std::vector<std::pair<RecordType, DnsAnswer>> answers;
    std::optional<DnsAnswer> broken;  ///< whatever is asked
    [[nodiscard]] const DnsAnswer* find(RecordType type) const noexcept;
  };
  Node& node(std::string_view name);
  DnsAnswer& records(std::string_view name, RecordType type);
  [[nodiscard]] const DnsAnswer& find(std::string_view name, RecordType type) const;

  /// In lower case, without a trailing dot; with the names above each.
  std::unordered_map<std::string, Node, Hash, std::equal_to<>> nodes_;
  std::uint64_t queries_ = 0;
};

}  // namespace postern::auth
