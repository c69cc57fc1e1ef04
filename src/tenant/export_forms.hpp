// The forms in which PowerShell and its neighbours write an export, told by the text's beginning,
// and what is no JSON turned into it: one reader of properties serves all. Internal to the room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace postern::tenant {

enum class ExportForm : std::uint8_t {
  json,
  toml,
  format_list,            ///< "Name : value", what Format-List or fl shows
  clixml,                 ///< Export-Clixml
  csv,                    ///< Export-Csv
  dsc_script,             ///< a configuration script of Microsoft365DSC
  transport_rule_script,  ///< Export-TransportRuleCollection's XML
  other_xml
};

/// `text` is UTF-8; `name` counts where the text tells nothing.
ExportForm form_of(std::string_view text, const std::string& name);

/// Whether the first lines of a table name what only settings have: evidence may be CSV too.
bool holds_settings(std::string_view text);

/// The text as JSON: as it is, or made from Format-List, Clixml or Export-Csv. A form that does not
/// hold what is needed, or is no export, is an error that says what to do instead. Not for TOML.
Result<std::string> as_json(std::string_view text, const std::string& name);

/// Format-List's blocks as a list of objects. Values are texts, {a, b} lists of texts, and nothing
/// is null. A list that the display cut ("{a, b, c, d…}") is an error.
Result<std::string> json_of_format_list(std::string_view text, const std::string& name);

/// Export-Csv's rows as a list of objects of texts; an empty cell is null, known lists are cut
/// apart. A list of which only the type's name is left is an error.
Result<std::string> json_of_csv(std::string_view text, const std::string& name);

/// Export-Clixml's objects (MS-PSRP, 2.2.5) as a list of objects: texts, numbers, booleans, times,
/// lists; of an enumeration its name.
Result<std::string> json_of_clixml(std::string_view text, const std::string& name);

}  // namespace postern::tenant
