#include "cli/live_session.hpp"

#include <utility>

#include <CLI/CLI.hpp>

namespace postern::cli {

void add_live_options(CLI::App& app, LiveOptions& options) {
  app.add_option("--config", options.config,
                 "Profiles of live tenants (default: ~/.config/postern/config.toml)")
      ->type_name("FILE");
}

std::string_view live_name(std::string_view tenant) noexcept {
  constexpr std::string_view mark = "live:";
  return tenant.starts_with(mark) ? tenant.substr(mark.size()) : std::string_view{};
}

LiveSession::LiveSession() : around_(exchange::process_surroundings(true)) {}

Result<std::unique_ptr<LiveSession>> LiveSession::open(const std::string& name,
                                                       const LiveOptions& options) {
  std::unique_ptr<LiveSession> session(new LiveSession);
  auto profile = exchange::find_profile(name, options.config, session->around_);
  if (!profile) return tl::unexpected(profile.error());
  session->profile_ = std::move(*profile);
  auto transport = exchange::open_transport(session->profile_, session->around_);
  if (!transport) return tl::unexpected(transport.error());
  session->transport_ = std::move(*transport);
  session->tokens_ = exchange::sign_in(session->profile_, *session->transport_, session->around_);
  session->admin_ = exchange::connect(session->profile_, *session->tokens_, *session->transport_,
                                      session->around_);
  return session;
}

}  // namespace postern::cli
