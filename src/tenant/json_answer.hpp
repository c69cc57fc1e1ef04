// A list of settings with what an answer says beside it. Internal to the room.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "tenant/json_value.hpp"

namespace postern::tenant {

/// An error where `answer` says that there is more than `items`, which it holds: a next page, a
/// count, a warning of a cut. Other warnings become remarks.
Result<void> must_be_whole(Object answer, simdjson::dom::array items, const std::string& file,
                           std::vector<std::string>& remarks);

}  // namespace postern::tenant
