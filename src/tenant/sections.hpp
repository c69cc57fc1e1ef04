// What a document can hold, and taking one document into a configuration. Internal to the room.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "tenant/load.hpp"

namespace postern::tenant {

/// Adds everything a JSON document (UTF-8) tells to `into`.
Result<void> read_json(std::string_view text, const std::string& file, Configuration& into);

/// Reads a whole tenant.toml.
Result<Configuration> read_toml(std::string_view text, const std::string& file);

/// After the last document: the tenant's name and cloud, and, of the whole tenant, what is missing.
void conclude(Configuration&, Extent extent = Extent::whole);

/// "line:column" of a byte position, both from 1.
std::string line_and_column(std::string_view text, std::size_t position);

}  // namespace postern::tenant
