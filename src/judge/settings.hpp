// What an administrator may choose around the rule.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/place.hpp"
#include "ledger/record.hpp"

namespace postern::judge {

using ledger::Mode;
using ledger::Stage;

/// What to do where the rule lacks a fact: a macro that the milter's host does not send, a tenant
/// whose connectors are not known. Over SMTP the gate sees every fact of the session itself.
enum class Undetermined : std::uint8_t {
  accept,  ///< and record
  defer,   ///< 451, and record
  refuse,  ///< as if the rule had refused for Direct Send, and record
};

/// Recipients at domains that no tenant owns. Only of the SMTP door: a milter's host has its own
/// rules on relaying.
enum class ForeignRecipients : std::uint8_t {
  refuse,  ///< as the rule says: 5.7.64, unless signed in or on an OnPremises connector
  pass,    ///< the next hop decides. Dangerous where it trusts the gate's address
};

/// Overrides for one tenant or one recipient domain.
struct ModeOverride {
  std::string name;  ///< of the tenant, or a domain in normal form (with those below it)
  std::optional<Mode> mode;
  std::optional<Stage> stage;
  Place where;  ///< for messages
  /// Nobody but who writes the settings may change it (gate/page_state.hpp).
  bool locked = false;
};

struct Settings {
  Mode mode = Mode::enforce;
  Stage stage = Stage::rcpt;
  Undetermined undetermined = Undetermined::accept;
  ForeignRecipients foreign_recipients = ForeignRecipients::refuse;
  std::vector<ModeOverride> tenants;
  std::vector<ModeOverride> domains;  ///< the longest name that holds the domain wins

  /// SPF, DKIM, DMARC and ARC of all mail, for the field that tells the results, and not only where
  /// the judgement hangs on them.
  bool authenticate_all = false;

  // Exceptions from 5.7.68, at stage data. Each is off unless named.
  bool allow_aligned_dkim = false;  ///< a DKIM signature aligned with an own header From passes
  bool allow_dmarc_pass = false;    ///< DMARC passes for an own header From
  std::vector<std::string> trusted_arc_sealers;  ///< auth::is_trusted_sealer()

  // Protections that Exchange lacks, each off unless named.
  bool refuse_own_header_from = false;  ///< header From at an own domain, nothing aligned passes
  bool refuse_multiple_from = false;    ///< several From fields, or several addresses in it
  bool strip_organization_headers = false;  ///< X-MS-Exchange-Organization-* and kin

  std::string support;      ///< a line behind every refusal's text; empty: none
  std::string authserv_id;  ///< own name in Authentication-Results; empty: no field is touched

  [[nodiscard]] bool has_exceptions() const noexcept {
    return allow_aligned_dkim || allow_dmarc_pass || !trusted_arc_sealers.empty();
  }
  [[nodiscard]] bool has_protections() const noexcept {
    return refuse_own_header_from || refuse_multiple_from;
  }
};

}  // namespace postern::judge
