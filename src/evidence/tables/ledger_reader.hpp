// The ledger of postern gate as evidence: every fact of the decision was known when it was written.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "evidence/teller.hpp"

namespace postern::evidence {

/// Every SQLite database starts so (https://www.sqlite.org/fileformat.html, 1.3).
constexpr std::string_view sqlite_magic{"SQLite format 3\0", 16};

/// True where the file starts so; false where it can't be read, too.
bool is_sqlite(const std::string& path);

/// A row is one recipient of one message. A cluster's streams are opened by Options::open_cluster.
/// Errors: not a ledger, a newer version's, damaged; no cluster can be asked.
Result<void> read_ledger(const std::string& path, const Options& options, Teller&);

}  // namespace postern::evidence
