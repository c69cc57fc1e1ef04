// What answers of the service are asked for most: a text in an object, and an object as text.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace postern::exchange {

/// The text under `key`; empty where `object` is none, lacks the key or holds something else there.
std::string text_of(const nlohmann::json& object, const char* key);

/// On one line. What is no UTF-8 becomes U+FFFD instead of an exception.
std::string one_line(const nlohmann::json& json);

}  // namespace postern::exchange
