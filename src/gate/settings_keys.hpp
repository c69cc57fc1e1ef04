// The keys of gate.toml, a table for each of its parts: reading and docs/gate-file.md follow from
// them. Internal to the room.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "gate/settings.hpp"

namespace postern::gate {

/// A value as the file has it, before it is checked.
struct FileValue {
  enum class Kind : std::uint8_t { boolean, integer, text, list, other };
  Kind kind = Kind::other;
  bool boolean = false;
  std::int64_t integer = 0;
  std::string text;
  std::vector<std::string> list;
};

/// One key of a table T. `read` answers with what is wrong, or nothing.
template <class T>
struct SettingKey {
  std::string_view name;
  std::string_view type;           ///< for people
  std::string_view default_value;  ///< for people; "required"
  std::string_view meaning;
  std::function<std::string(const FileValue&, T&)> read;
};

/// A part of the file: "" is its head, "smtp" is [smtp], "route" is [[route]].
struct SettingPart {
  std::string_view name;
  bool repeated = false;
  std::string_view purpose;
};

template <class T>
using SettingKeys = std::vector<SettingKey<T>>;

const SettingKeys<Settings>& head_keys();
const SettingKeys<SmtpSettings>& smtp_keys();
const SettingKeys<TlsSettings>& tls_keys();
const SettingKeys<LimitSettings>& limit_keys();
const SettingKeys<HopSettings>& hop_keys();
const SettingKeys<RouteSettings>& route_keys();
const SettingKeys<MilterSettings>& milter_keys();
const SettingKeys<LedgerSettings>& ledger_keys();
const SettingKeys<judge::Settings>& exception_keys();
const SettingKeys<judge::Settings>& protection_keys();
const SettingKeys<judge::ModeOverride>& tenant_mode_keys();
const SettingKeys<judge::ModeOverride>& domain_mode_keys();

/// Calls visit(part, keys, place) for every part in the order of the page; `place` is a function
/// that gives the part's value in a Settings (a fresh element where repeated).
template <class Visit>
void for_each_part(Visit visit) {
  visit(SettingPart{"", false, "At the head of the file."}, head_keys(),
        [](Settings& s) -> Settings& { return s; });
  visit(SettingPart{"for_tenant", true, "Another mode or stage for one tenant."},
        tenant_mode_keys(),
        [](Settings& s) -> judge::ModeOverride& { return s.judge.tenants.emplace_back(); });
  visit(SettingPart{"for_domain", true,
                    "Another mode or stage for recipients at one domain and those below it. It "
                    "goes before the tenant's."},
        domain_mode_keys(),
        [](Settings& s) -> judge::ModeOverride& { return s.judge.domains.emplace_back(); });
  visit(SettingPart{"exceptions", false,
                    "Direct Send that is let through all the same. Each looks at the message and "
                    "needs `stage = \"data\"`; each use of one is recorded."},
        exception_keys(), [](Settings& s) -> judge::Settings& { return s.judge; });
  visit(SettingPart{"protections", false, "What Exchange Online does not refuse."},
        protection_keys(), [](Settings& s) -> judge::Settings& { return s.judge; });
  visit(SettingPart{"smtp", false, "The SMTP door: a proxy in front of a mail server."},
        smtp_keys(), [](Settings& s) -> SmtpSettings& { return s.smtp; });
  visit(SettingPart{"tls", false, "STARTTLS at the SMTP door."}, tls_keys(),
        [](Settings& s) -> TlsSettings& { return s.tls; });
  visit(SettingPart{"limits", false, "What one client may ask of the SMTP door."}, limit_keys(),
        [](Settings& s) -> LimitSettings& { return s.limits; });
  visit(SettingPart{"route", true,
                    "Where mail goes. The route of the recipient's domain is taken, else that of "
                    "the closest `.parent`, else `*`."},
        route_keys(), [](Settings& s) -> RouteSettings& { return s.routes.emplace_back(); });
  visit(SettingPart{"next_hop", false, "How next hops are spoken to, on every route."}, hop_keys(),
        [](Settings& s) -> HopSettings& { return s.hops; });
  visit(SettingPart{"milter", false, "The milter door: for Postfix and Sendmail."}, milter_keys(),
        [](Settings& s) -> MilterSettings& { return s.milter; });
  visit(SettingPart{"ledger", false, "The record of what was and would have been refused."},
        ledger_keys(), [](Settings& s) -> LedgerSettings& { return s.ledger; });
}

}  // namespace postern::gate
