// Lists of settings that the service cut: a tenant of which a part is missing is another tenant, so
// none is read of it.
#pragma once

#include <string_view>

namespace postern::tenant {

/// Whether a warning of a cmdlet says that the list it came with was cut: "By default, only the
/// first 1000 items are returned."
bool warns_of_a_cut(std::string_view warning);

}  // namespace postern::tenant
