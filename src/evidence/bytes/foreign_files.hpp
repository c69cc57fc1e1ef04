// Files that people have and that are no evidence as they are: each is named, with what to do
// instead. Internal to the room.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace postern::evidence {

/// By the first 512 bytes.
std::optional<Error> foreign_file(std::string_view first_bytes, const std::string& name);

}  // namespace postern::evidence
