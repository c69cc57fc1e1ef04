// What the gate runs with: gate.toml, its tenants, and what was set at the page. Reloads and
// changes are made by one thread, one after the other; what counts now is an immutable snapshot.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "gate/config.hpp"
#include "gate/control_thread.hpp"
#include "gate/page_state.hpp"
#include "gate/settings.hpp"
#include "impact/pins.hpp"
#include "tenant/configuration.hpp"

namespace postern::page {

using Errors = std::vector<Error>;

/// What was read of the administrator's files.
struct Loaded {
  gate::Settings settings;
  std::vector<tenant::Configuration> tenants;
};

struct Snapshot {
  gate::Settings settings;
  std::vector<tenant::Configuration> tenants;
  std::vector<impact::Pin> pins;  ///< of [page] senders, and of the page
  gate::PageState state;
  std::vector<gate::DomainMode> domains;
  std::vector<std::string> left_aside;  ///< what of the state counts for nothing, a sentence each
  std::shared_ptr<const gate::GateConfig> config;
  std::uint64_t number = 0;  ///< grows with each

  /// The accepted domain that holds a recipient's, by the longest name; nullptr: nobody's.
  [[nodiscard]] const gate::DomainMode* domain_of(std::string_view recipient_domain) const;
};

class Running {
 public:
  using Read = std::function<tl::expected<Loaded, Errors>()>;
  /// Alters the state; an error leaves all as it is.
  using Alter = std::function<Result<void>(gate::PageState&, const Snapshot&)>;

  /// Reads, and makes what the gate starts with. Errors: everything that is wrong.
  static tl::expected<std::unique_ptr<Running>, Errors> start(Read read);

  [[nodiscard]] std::shared_ptr<const Snapshot> now() const;
  /// On the control thread: all is read again; an error leaves all as it is.
  tl::expected<std::shared_ptr<const gate::GateConfig>, Errors> reload();
  /// From any other thread: altered, written to the state file, and in force when this is back.
  /// Errors: what `alter` says, a file that can't be written, a gate that ends.
  Result<void> change(const Alter& alter);
  [[nodiscard]] gate::ControlThread& control() noexcept { return control_; }

 private:
  using Made = tl::expected<std::shared_ptr<const Snapshot>, Errors>;
  explicit Running(Read read) : read_(std::move(read)) {}
  Made make(Loaded loaded, gate::PageState state) const;
  Result<std::shared_ptr<const Snapshot>> altered(const Alter& alter) const;
  void put(std::shared_ptr<const Snapshot> snapshot);

  Read read_;
  gate::ControlThread control_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace postern::page
