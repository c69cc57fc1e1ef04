// Numbers as people read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace postern {

/// 1234567 as "1,234,567".
std::string grouped(std::uint64_t number);
/// "1 message", "2,000 messages".
std::string counted(std::uint64_t number, std::string_view singular);

}  // namespace postern
