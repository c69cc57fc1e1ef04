// Members of JSON that comes from outside: what is there of another kind is as if it were not
// there, and nothing throws (an exception would leave through the C of libnats). Internal to the
// room: the JSON library's header is heavy.
#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

namespace postern::cluster {

/// Of an object. `otherwise` where the member is no text.
inline std::string text_in(const nlohmann::json& object, const char* name,
                           const std::string& otherwise = {}) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : otherwise;
}

/// Of an object. `otherwise` where the member is no whole number of 0 or above.
inline std::uint64_t count_in(const nlohmann::json& object, const char* name,
                              std::uint64_t otherwise = 0) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>()
                                                              : otherwise;
}

}  // namespace postern::cluster
