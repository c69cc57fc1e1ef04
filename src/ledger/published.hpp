// A row as it goes out to a cluster: one line of JSON under the names of the ledger's columns
// (docs/ledger.md).
#pragma once

#include <string>
#include <string_view>

#include "ledger/row.hpp"

namespace postern::ledger {

/// "v" of what is written here. A reader leaves a higher one alone.
constexpr int published_version = 1;

/// {"v":1,"id":"GATE:EPOCH:COUNTER",…}. What is empty, false or not known is left out; octets that
/// are no UTF-8 become U+FFFD, as in the ledger.
std::string published_form(const Row&);

/// What can't be understood is left out, and named in Row::fault: a column, "v" where a newer
/// Postern wrote it, "fault" where the gate could not understand its own row, "text" where it is
/// nothing of the kind.
Row read_published(std::string_view text);

}  // namespace postern::ledger
