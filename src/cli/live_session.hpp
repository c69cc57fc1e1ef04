// A live tenant, signed in to by the name of its profile: the same way in every command.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "exchange/connect.hpp"

namespace CLI {
class App;
}

namespace postern::cli {

/// What "live:NAME" needs besides the name.
struct LiveOptions {
  std::string config;                     ///< --config; empty: the usual file
  std::vector<std::string_view> cmdlets;  ///< what to ask; empty: everything
};

/// Adds --config.
void add_live_options(CLI::App&, LiveOptions&);

/// "live:contoso" gives "contoso"; empty for anything else.
std::string_view live_name(std::string_view tenant) noexcept;

/// A profile with everything that asking its tenant takes. Nothing is sent before the first
/// question. The parts refer to each other, so it stays where it was made.
class LiveSession {
 public:
  /// Errors: no such profile, or one with faults; no transport. A person at the terminal may be
  /// asked to sign in.
  static Result<std::unique_ptr<LiveSession>> open(const std::string& name, const LiveOptions&);

  [[nodiscard]] const exchange::Profile& profile() const noexcept { return profile_; }
  [[nodiscard]] const exchange::Surroundings& around() const noexcept { return around_; }
  [[nodiscard]] exchange::Transport& transport() const noexcept { return *transport_; }
  [[nodiscard]] exchange::TokenSource& tokens() const noexcept { return *tokens_; }
  [[nodiscard]] exchange::AdminInterface& admin() const noexcept { return *admin_; }

 private:
  LiveSession();

  exchange::Surroundings around_;
  exchange::Profile profile_;
  std::unique_ptr<exchange::Transport> transport_;
  std::unique_ptr<exchange::TokenSource> tokens_;
  std::unique_ptr<exchange::AdminInterface> admin_;
};

}  // namespace postern::cli
