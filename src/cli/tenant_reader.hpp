// Tenants of a list, read one after the other by one worker: tenants of one profile share its
// connections. Nobody is asked for anything at the terminal.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "cli/live_session.hpp"
#include "exchange/connect.hpp"
#include "tenant/configuration.hpp"
#include "tenant/tenant_list.hpp"

namespace postern::cli {

/// A live tenant, ready to be asked. The parts refer to each other, so it stays where it was made.
struct ListedSession {
  exchange::Profile profile;
  exchange::Transport* transport = nullptr;  ///< the reader's
  std::unique_ptr<exchange::TokenSource> tokens;
  std::unique_ptr<exchange::AdminInterface> admin;
};

class TenantReader {
 public:
  explicit TenantReader(const LiveOptions& live);

  /// Errors: those of the file or the service; a profile that would ask a person.
  Result<tenant::Configuration> read(const tenant::ListedTenant&);
  /// Opens the profile `name` ("contoso" of "live:contoso") for a tenant of the list. Nothing is
  /// sent yet.
  Result<std::unique_ptr<ListedSession>> open(const std::string& name, const tenant::ListedTenant&);
  [[nodiscard]] const exchange::Surroundings& around() const noexcept { return around_; }

 private:
  const LiveOptions& live_;
  exchange::Surroundings around_;
  std::map<std::string, std::unique_ptr<exchange::Transport>> transports_;
};

}  // namespace postern::cli
