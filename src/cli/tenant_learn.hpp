// postern tenant learn.
#pragma once

namespace CLI {
class App;
}

namespace postern::cli {

struct Environment;

/// Adds `learn` to `postern tenant`.
void add_learn_command(CLI::App& tenant_command, const Environment&, int& exit_code);

}  // namespace postern::cli
