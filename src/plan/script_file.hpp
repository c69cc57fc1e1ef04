// Scripts of stages as files: whose they are, where a folder holds some already.
#pragma once

#include <string_view>

namespace postern::plan {

/// Whether a script of a stage, or of its way back, could have that name: "4-switch.ps1",
/// "undo-1-switch.ps1".
bool is_name_of_a_script(std::string_view name) noexcept;

/// Whether it is that of a way back.
bool takes_back(std::string_view name) noexcept;

/// Whether the text begins as those of stage_scripts() do.
bool is_a_script_of_a_stage(std::string_view text) noexcept;

/// Whether two of stage_scripts() do the same to the same tenant, whenever they were made.
bool does_the_same(std::string_view a, std::string_view b) noexcept;

}  // namespace postern::plan
