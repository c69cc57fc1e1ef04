#include "cli/cluster_options.hpp"

#include <CLI/CLI.hpp>

namespace postern::cli {

void add_set_up_options(CLI::App& command, ClusterArguments& arguments) {
  command
      .add_option("FILE", arguments.file,
                  "A file with [cluster], which signs in as a user who may make streams")
      ->required();
  command.add_option("--streams", arguments.streams, "Streams that the tenants are spread over")
      ->check(CLI::IsMember({1, 2, 4, 8, 16, 32, 64}))
      ->type_name("NUMBER")
      ->capture_default_str();
  command.add_option("--replicas", arguments.replicas, "Servers that hold each stream")
      ->check(CLI::IsMember({1, 3, 5}))
      ->type_name("NUMBER")
      ->capture_default_str();
  command.add_option("--days", arguments.days, "How long verdicts are kept")
      ->check(CLI::Range(1, 3650))
      ->capture_default_str();
  command
      .add_option("--megabytes", arguments.megabytes,
                  "What each stream may hold on each server before its oldest go; 0: no bound")
      ->check(CLI::Range(0, 1'000'000'000))
      ->capture_default_str();
  command.footer("Exit status: 0 the streams are there; 2 wrong usage, or they can't be made.");
}

}  // namespace postern::cli
