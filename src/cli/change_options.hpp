// What postern apply and postern rollback take.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "cli/live_session.hpp"
#include "cli/probe_options.hpp"

namespace CLI {
class App;
}

namespace postern::cli {

struct ChangeArguments {
  std::string file;    ///< plan or record
  std::string tenant;  ///< --tenant
  LiveOptions live;
  std::string record, emit;
  std::string stage;  ///< "connectors", "switch": only that; with --emit any stage; empty: all
  bool yes = false, unproven = false, force = false;
  std::int64_t wait = 1800;            ///< seconds
  std::optional<std::int64_t> settle;  ///< seconds, where given
  bool takes_back = false;             ///< rollback
  ProbeOptions probe;                  ///< with a mailbox: probe afterwards

  /// --settle, or what it is by default: for apply ten minutes, for rollback a minute, or three
  /// quarters of --wait where that is less.
  [[nodiscard]] std::chrono::seconds settle_time() const;
};

void add_apply_options(CLI::App&, ChangeArguments&);
void add_rollback_options(CLI::App&, ChangeArguments&);

}  // namespace postern::cli
