// Every property of the objects of an export, known to Postern or not, to be compared with those of
// a later one. Internal to the room.
#pragma once

#include <string>

#include "tenant/configuration.hpp"
#include "tenant/json_value.hpp"

namespace postern::tenant {

/// All of them but marks: who and when made it, and what it is called by inside Exchange. Values
/// are as PowerShell shows them ("True", "Quarantine", "empty"), lists in order of their text.
ExportedProperties read_exported(std::string name, const Record&);

}  // namespace postern::tenant
