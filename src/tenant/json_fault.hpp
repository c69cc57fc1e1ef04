// What is wrong with a document that is no JSON, and where. Internal to the room.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace postern::tenant {

/// For a text that the fast parser refused: nested `too_deep`, cut short, or wrong at a line and
/// column.
Error json_fault(std::string_view text, const std::string& file, bool too_deep);

}  // namespace postern::tenant
