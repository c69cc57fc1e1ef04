// The exact difference of two tenants over every submission that there can be, in few statements.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "difference/effect.hpp"
#include "difference/words.hpp"
#include "policy/readings.hpp"
#include "policy/tenant.hpp"

namespace postern::difference {

/// One submission that a statement holds for, as `postern explain` takes it.
struct Witness {
  std::string client_ip;
  std::string mail_from;  ///< a domain, or "<>"
  std::string rcpt_to;    ///< a domain
  bool tls = false;
  std::string certificate;  ///< a name; empty: none
  bool azure_communication_services = false;
  // What decide() says under each.
  Effect before = Effect::accepted, after = Effect::accepted;
  std::string connector_before, connector_after;  ///< empty: none
};

/// Whether it holds for Azure Communication Services too, for all but them, or for them alone.
enum class Acs : std::uint8_t { too, excepted, alone };

struct Exception {
  Where where;
  std::vector<std::string> what;  ///< what comes of that mail: "stays accepted", "another change"
  std::vector<std::string> connectors;  ///< that take it afterwards
};

/// What one change does to some mail.
struct Statement {
  Change change = Change::none;
  Effect before = Effect::accepted, after = Effect::accepted;
  Acs acs = Acs::too;
  Where where;
  std::vector<Exception> exceptions;
  /// But not mail that a connector takes under both tenants, with the same outcome.
  bool as_before = false;
  std::vector<std::string> as_before_by;
  // Connectors that such mail is attributed to.
  std::vector<std::string> connectors_before, connectors_after;
  /// Too many boxes to read: all mail of one cause, of which `where` is only the frame.
  bool by_cause = false;
  std::uint64_t kinds = 0;  ///< of mail
  Witness witness;
};

/// What nobody expects of a change, each told by an id: "relay", "recipient_leg", "tls_demanded",
/// "tls_no_longer_demanded", "recipients_opened".
struct Remark {
  std::string id;
  std::string text;  ///< a sentence
  std::vector<std::string> connectors;
};

/// Another answer to what Microsoft's documents leave open, and what it would make of the
/// difference.
struct Reading {
  std::vector<std::string> keys;    ///< of tenant.toml's [choices], or reject_direct_send
  std::vector<std::string> values;  ///< as many
  /// Of `change` under this answer, `instead_of` under the files' own.
  struct Part {
    Change change = Change::none;
    Change instead_of = Change::none;
    Statement statement;
  };
  std::vector<Part> parts;
};

enum class Finding : std::uint8_t { same, differs, not_determined };

struct Difference {
  Finding result = Finding::same;
  std::string why_not_determined;     ///< empty unless so
  std::vector<Statement> statements;  ///< newly refused, newly accepted, another reply
  std::vector<Remark> remarks;
  /// Accepted under both, but attributed otherwise: only counted.
  std::uint64_t attribution_kinds = 0;
  std::vector<std::string> attribution_connectors;
  std::uint64_t kinds = 0;  ///< that stand for all mail
  std::uint64_t decisions = 0;
  std::vector<std::string> examined_choices;  ///< keys of choices that can matter
  std::vector<Reading> readings;              ///< that change the difference
  /// Whether every combination of the choices was looked at too, or that would take too long.
  bool combinations_examined = true;
  std::vector<std::string> notes;  ///< one sentence each: what is not examined, two organisations
};

/// Whether a RejectDirectSend that neither tenant's source tells is two unknowns, each of which may
/// be on or off, or one: both are the same reading.
enum class UnknownSwitch : std::uint8_t { of_each, of_one_reading };

/// `settled` choices are known for both: only the tenants' own answers are tried.
/// Errors: a tenant that does not compile, or the two answer the choices (docs/choices.md)
/// differently: they are about Microsoft and hold for both.
tl::expected<Difference, std::vector<Error>> compare(const policy::Tenant& before,
                                                     const policy::Tenant& after,
                                                     policy::Choice settled = policy::Choice::none,
                                                     UnknownSwitch = UnknownSwitch::of_each);

/// What an export lacks may be otherwise than it was taken (Configuration::assumed): it is noted,
/// and that nothing differs hangs on it.
void note_assumed(const std::vector<std::string>& assumed, Difference&);

/// Mail that `then` and `now` accept and `after` refuses, the largest part first, by the tenants'
/// own answers to the choices: what going on from `now` to `after` costs beyond what `then`
/// refused. Errors: a tenant that does not compile or of which not all is known; too large.
Result<std::vector<Statement>> refused_anew(const policy::Tenant& then, const policy::Tenant& now,
                                            const policy::Tenant& after);

[[nodiscard]] std::string_view name_of(Finding) noexcept;  ///< "same", "differs", "not_determined"
[[nodiscard]] std::string_view name_of(Acs) noexcept;      ///< "too", "excepted", "alone"

/// The statement in one line: "newly refused (550 5.7.68): from your domains to …".
[[nodiscard]] std::string sentence_of(const Statement&);
[[nodiscard]] std::string sentence_of(const Exception&);
/// As words for people: "newly refused", "another reply".
[[nodiscard]] std::string_view words_of(Change) noexcept;

}  // namespace postern::difference
