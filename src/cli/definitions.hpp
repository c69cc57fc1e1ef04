// The command line as data: what man pages and shell completions are generated from, so that they
// can't go stale.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace postern::cli {

struct OptionDefinition {
  std::vector<std::string> names;  ///< "-h", "--help"; of a positional its name
  std::string value;               ///< what it takes: "FILE", "TEXT"; empty for a flag
  std::vector<std::string> choices;
  std::string range;  ///< "1 to 64" of a number; empty where any will do
  std::string default_value;
  std::string description;
  bool positional = false;
  bool required = false;
  bool many = false;

  /// The description with range and default: "Tenants at a time (1 to 64; default: 8)".
  [[nodiscard]] std::string explained() const;
  /// Whether file names are what a shell should offer.
  [[nodiscard]] bool takes_files() const;
};

struct CommandDefinition {
  std::vector<std::string> path;  ///< {"postern", "tenant", "convert"}
  std::string description;
  std::string footer;
  std::vector<OptionDefinition> options;
  std::vector<OptionDefinition> positionals;
  std::vector<CommandDefinition> subcommands;

  [[nodiscard]] std::string name(char separator) const;  ///< "postern-tenant-convert"
  /// Has others below it, and takes nothing itself.
  [[nodiscard]] bool only_leads() const noexcept {
    return !subcommands.empty() && positionals.empty();
  }
};

/// "postern evidence fetch".
std::string full_name(const CLI::App& app);

/// The command and all below it; its path begins with the outermost one.
CommandDefinition describe(const CLI::App& app);

/// The command and all below it, outermost first.
std::vector<const CommandDefinition*> flatten(const CommandDefinition& command);

}  // namespace postern::cli
