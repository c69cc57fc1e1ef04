// What was set at the gate's page, in a file of its own: it outlives a reload and a start, and
// gate.toml is never written. It goes before gate.toml, but for what is locked there, and for
// domains that gate.toml has neither observe nor enforce.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "gate/settings.hpp"
#include "ledger/record.hpp"
#include "policy/tenant.hpp"

namespace postern::judge {
class Judge;
}

namespace postern::gate {

/// A domain's mode.
struct ModeSwitch {
  std::string domain;  ///< normal form
  ledger::Mode mode = ledger::Mode::observe;
  UnixTime since = 0;
  std::string who, reason;
};

/// "It is forged", of a sender: addresses and envelope senders as the ledger has them.
struct SenderPin {
  std::string sender;  ///< as the page names it
  std::vector<std::string> addresses;
  std::vector<std::string> envelope_senders;  ///< empty: whatever it sends as
  UnixTime since = 0;
  std::string who, reason;
};

struct PageState {
  std::vector<ModeSwitch> modes;
  std::vector<SenderPin> pins;
};

/// Errors: can't be read, is none. Nothing where the file is not there.
Result<PageState> read_page_state(const std::string& file);
/// In its place whole, readable by its owner alone (files::write_whole).
Result<void> write_page_state(const std::string& file, const PageState& state);
/// Whether write_page_state() may work: for a check, without making anything.
Result<void> check_page_state(const std::string& file);

/// An accepted domain, and what it is judged by.
struct DomainMode {
  std::string domain, tenant;
  ledger::Mode in_file = ledger::Mode::off;  ///< as gate.toml has it
  ledger::Mode mode = ledger::Mode::off;     ///< as it counts
  bool locked = false;
  /// Of the state, where that counts; else nullptr. Valid as long as the state.
  const ModeSwitch* set = nullptr;

  /// Whether the page may change it.
  [[nodiscard]] bool is_offered() const noexcept {
    return !locked && (in_file == ledger::Mode::observe || in_file == ledger::Mode::enforce);
  }
};

/// Every accepted domain, tenant by tenant. `of_file` is the judge of the settings as gate.toml has
/// them. `left_aside`, where given, gets a sentence for each switch of the state that counts for
/// nothing.
std::vector<DomainMode> domain_modes(const Settings&, std::span<const policy::Tenant> tenants,
                                     const judge::Judge& of_file, const PageState&,
                                     std::vector<std::string>* left_aside = nullptr);

/// The settings with the modes that count. A domain below one that was switched keeps its own.
judge::Settings switched(const judge::Settings&, const judge::Judge& of_file,
                         std::span<const DomainMode>);

}  // namespace postern::gate
