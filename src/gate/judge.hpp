// The gate's judgement of live mail, without I/O. The rule is policy::decide(); this adds what an
// administrator may choose around it: modes, stage, exceptions, protections, reply texts; and what
// a gate does to the header.
//
//   Hearing hearing(judge, session, sender, now, id);        // at MAIL
//   const auto answer = hearing.recipient(address);          // at each RCPT
//   if (answer.action != Action::accept) reply(answer.reply);
//   …
//   // at the end of the message; `results` only where hearing.needs_authentication()
//   const auto outcome = hearing.message(header, results);
//   …
//   ledger.add(hearing.take_records());                      // however the transaction ended
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ip.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "gate/record.hpp"
#include "message/header.hpp"
#include "message/path.hpp"
#include "policy/policy.hpp"
#include "smtp/reply.hpp"

namespace postern::auth {
struct MessageAuthentication;
}

namespace postern::gate {

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
  std::string where;  ///< for messages
};

struct JudgeSettings {
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
  bool strip_organization_headers = false;  ///< X-MS-Exchange-Organization-*, -CrossTenant-*

  std::string support;      ///< a line behind every refusal's text; empty: none
  std::string authserv_id;  ///< own name in Authentication-Results; empty: no field is touched
};

/// Which door the mail comes through.
enum class Door : std::uint8_t { smtp, milter };

/// What is known of the session. Over SMTP nothing is `unknown`.
struct SessionFacts {
  Door door = Door::smtp;
  std::optional<IpAddress> client;
  std::string helo;
  policy::Known authenticated = policy::Known::no;
  policy::Known tls = policy::Known::no;
  std::string tls_version;

  policy::ClientCertificate::State certificate = policy::ClientCertificate::State::none;
  bool certificate_trusted = false;
  std::string common_name;  ///< normal form; may be empty
  std::vector<std::string> alternative_names;
  /// False where the door does not tell them (milter): a connector that no common name matches
  /// might then still match.
  bool alternative_names_known = true;
};

enum class Action : std::uint8_t { accept, refuse, defer };

/// The answer to RCPT.
struct RecipientAnswer {
  Action action = Action::accept;
  smtp::Reply reply;  ///< where not accept
  policy::Reason reason = policy::Reason::missing_facts;
  /// Refused only because this message already has recipients that another outcome awaits: one
  /// message has one reply. A client sends it again at once (RFC 5321, 4.5.3.1.10).
  bool split = false;
};

/// One change of the header. Removals count among fields of the same name, from 1 at the top, in
/// the header as it came.
struct HeaderEdit {
  enum class Kind : std::uint8_t { remove, prepend };
  Kind kind = Kind::remove;
  std::string name;
  unsigned occurrence = 0;  ///< remove
  std::size_t field = 0;    ///< remove: index into HeaderBlock::fields()
  std::string value;        ///< prepend: folded with CRLF TAB, no line break at its end
};

/// The answer to the message.
struct MessageAnswer {
  Action action = Action::accept;
  smtp::Reply reply;              ///< where not accept
  std::vector<HeaderEdit> edits;  ///< where accept
  std::string_view why;           ///< where not accept: the record's reason. A literal
};

/// A header with every field that it holds: a limit would be a place to hide behind. What bounds it
/// is the limit on a header's octets.
message::HeaderBlock whole_header(std::string_view bytes);

/// Applies edits to a header as it came (CRLF; with or without its empty line). Octets of fields
/// that are not touched stay as they are.
std::string edited_header(std::string_view bytes, const message::HeaderBlock& header,
                          std::span<const HeaderEdit> edits);

/// Immutable; shared by sessions, replaced whole at a reload.
class Judge {
 public:
  /// Every fault and contradiction: the tenants' own (policy::Policy::compile), an override for a
  /// tenant or domain that is not there, exceptions without stage data anywhere.
  static tl::expected<std::shared_ptr<const Judge>, std::vector<Error>> make(
      std::span<const policy::Tenant> tenants, JudgeSettings settings);

  /// What an administrator should know of settings that are no error: a tenant in mode `tenant`
  /// whose switch is off, one whose connectors are not known.
  [[nodiscard]] const std::vector<std::string>& remarks() const noexcept { return remarks_; }

  [[nodiscard]] const JudgeSettings& settings() const noexcept { return settings_; }
  [[nodiscard]] const policy::Policy& policy() const noexcept { return policy_; }
  /// Mode and stage for a recipient domain in normal form. A domain that no tenant owns: off.
  struct Rules {
    Mode mode = Mode::off;
    Stage stage = Stage::rcpt;
    std::uint32_t tenant = policy::no_tenant;
  };
  [[nodiscard]] Rules rules_for(std::string_view domain) const;
  /// Some recipient may make Hearing::needs_header() or needs_authentication() true: what a milter
  /// must negotiate before it sees any.
  [[nodiscard]] bool may_need_header() const noexcept { return may_need_header_; }
  [[nodiscard]] bool may_need_authentication() const noexcept { return may_need_authentication_; }

 private:
  friend class Hearing;
  Judge(policy::Policy own, policy::Policy enforced, JudgeSettings settings)
      : policy_(std::move(own)), enforced_(std::move(enforced)), settings_(std::move(settings)) {}
  std::vector<Error> settle(std::span<const policy::Tenant> tenants);
  void remark(std::span<const policy::Tenant> tenants);
  template <class Visit>
  bool any_rules(Visit visit) const;

  policy::Policy policy_;    // as the tenants' own switches say
  policy::Policy enforced_;  // with the switch on, also where the cloud lacks it
  JudgeSettings settings_;
  std::vector<Rules> tenant_rules_;  // by tenant index
  std::map<std::string, ModeOverride, std::less<>> domain_rules_;
  std::string default_domain_;  // of the first tenant: what <postmaster> stands for
  std::vector<std::string> remarks_;
  bool may_need_header_ = false;
  bool may_need_authentication_ = false;
};

/// The envelope sender: MAIL FROM.
struct Sender {
  bool null = false;
  message::Address address;
};

/// One transaction before the judge. Keeps the judge it began under.
class Hearing {
 public:
  /// `session` must outlive it.
  Hearing(std::shared_ptr<const Judge> judge, const SessionFacts& session, Sender sender,
          UnixTime now, std::string transaction);
  Hearing(Hearing&&) noexcept;
  Hearing& operator=(Hearing&&) = delete;
  ~Hearing();

  /// Judges one recipient. No I/O; allocates only where something is refused or recorded.
  RecipientAnswer recipient(const message::Address& address);
  /// The caller did not take a recipient that was accepted here (a next hop refused it).
  void withdraw_last();

  /// message() should be called at all, with the header.
  [[nodiscard]] bool needs_header() const noexcept;
  /// message() needs the results of SPF, DKIM, DMARC and ARC: the body must be read.
  [[nodiscard]] bool needs_authentication() const noexcept;
  /// The same, now that the header is there: true less often.
  [[nodiscard]] bool needs_authentication(const message::HeaderBlock& header) const;
  /// The outcome hangs on the message: it must be held until message() has answered. Otherwise it
  /// may go on as soon as the header is edited.
  [[nodiscard]] bool needs_verdict() const noexcept;
  /// `results` nullptr: not checked.
  MessageAnswer message(const message::HeaderBlock& header,
                        const auth::MessageAuthentication* results);

  /// What to put into the ledger, once the transaction is over or abandoned.
  std::vector<Record> take_records();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// "dkim=pass header.d=contoso.com …": the value of an Authentication-Results field (RFC 8601),
/// folded.
std::string authentication_results_value(std::string_view authserv_id,
                                         const auth::MessageAuthentication& results);

}  // namespace postern::gate
