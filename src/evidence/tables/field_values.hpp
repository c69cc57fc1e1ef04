// Values that several formats share: domains, addresses, times and authentication results, each
// with a cache for the repeats. Internal to the room.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "evidence/message.hpp"
#include "evidence/tables/row.hpp"
#include "evidence/tables/text_cache.hpp"

namespace postern::evidence {

/// Domains in normal form.
class DomainField {
 public:
  struct Value {
    std::array<char, 254> text;
    std::uint8_t length = 0;
    bool valid = false;
  };
  /// The normal form; nullopt where `text` is no domain. Valid until the next call.
  std::optional<std::string_view> read(std::string_view text);

 private:
  TextCache<Value, 1024, 64> cache_;
};

class AddressField {
 public:
  std::optional<IpAddress> read(std::string_view text);

 private:
  TextCache<std::optional<IpAddress>, 1024, 40> cache_;
};

/// AuthenticationDetails: {"SPF":"pass","DKIM":"none","DMARC":"fail","CompAuth":"fail"}.
class AuthenticationField {
 public:
  struct Value {
    AuthResults results;
    bool valid = false;
  };
  const Value& read(std::string_view text);

 private:
  TextCache<Value, 256, 160> cache_;
};

}  // namespace postern::evidence
