// postern gate gate.toml --watch: the page of a gate that runs on this host, at a terminal.
#pragma once

#include "cli/command.hpp"
#include "cli/gate_options.hpp"
#include "gate/settings.hpp"

namespace postern::cli {

/// Until SIGINT, or whoever reads standard output has gone. Errors, as an exit status: the settings
/// have no page, its token can't be read, no gate answers.
int watch_gate(const GateArguments& arguments, const gate::Settings& settings,
               const Environment& environment);

}  // namespace postern::cli
