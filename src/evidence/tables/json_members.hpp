// What stands in a JSON answer beside the rows that are read: members that say that there are more,
// and further rows. Internal to the room.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace postern::evidence {

/// Whether the columns of a table of Log Analytics (the JSON list of them) are those of the format.
using AreColumns = std::function<bool(const std::string& columns)>;

/// Whether a list under that key is one of rows ("value", "results", …).
bool is_row_key(std::string_view key) noexcept;

/// Whether a member says that the answer holds a part of the rows alone ("@odata.nextLink",
/// warnings of the admin interface, an error beside the rows).
bool says_there_are_more(std::string_view key, std::string_view value) noexcept;

/// Whether a member may hold further rows: a list under a key of rows, or a list of objects
/// anywhere in it, unless it is one that describes the rows ("Schema", "Stats").
bool may_hold_rows(std::string_view key, std::string_view value) noexcept;

/// The name of a further table with rows of the format; nullopt where it has none. A table that is
/// no JSON object may have some.
std::optional<std::string> further_table(std::string_view table, const AreColumns& are_columns);

}  // namespace postern::evidence
