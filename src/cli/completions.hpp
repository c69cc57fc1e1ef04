// Completion scripts for shells, from the command's own definition.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "cli/definitions.hpp"

namespace postern::cli {

std::string bash_completion(const CommandDefinition& root);
std::string zsh_completion(const CommandDefinition& root);
std::string fish_completion(const CommandDefinition& root);
/// For Windows PowerShell 5.1 and PowerShell 7 (Register-ArgumentCompleter -Native).
std::string powershell_completion(const CommandDefinition& root);

struct CompletionShell {
  std::string_view name;
  std::string (*script)(const CommandDefinition& root);
};
inline constexpr std::array<CompletionShell, 4> completion_shells = {
    {{"bash", bash_completion},
     {"zsh", zsh_completion},
     {"fish", fish_completion},
     {"powershell", powershell_completion}}};

}  // namespace postern::cli
