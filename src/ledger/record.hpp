// What is kept of a submission that was, would have been, or by an exception was not refused. Plain
// data that owns what it says: it outlives the session, on its way to the ledger.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "base/time.hpp"
#include "policy/verdict.hpp"

namespace postern::ledger {

/// What became of the submission.
enum class Outcome : std::uint8_t {
  refused,       ///< the client got `reply`
  would_refuse,  ///< accepted; enforced, the client would have got `reply`
  exception,     ///< accepted by an exception of the administrator's; else refused with `reply`
  undetermined,  ///< accepted or deferred, since a fact is missing
};

/// The policy mode of a recipient.
enum class Mode : std::uint8_t {
  enforce,  ///< refuse, whatever the tenant's own switch says
  observe,  ///< accept, and record what enforce would have refused
  tenant,   ///< as the tenant's RejectDirectSend says: a rehearsal
  off,      ///< neither judged nor recorded
};

/// When a refusal is said.
enum class Stage : std::uint8_t {
  rcpt,  ///< in answer to RCPT
  data,  ///< after the message, so that exceptions can look at it
};

/// Facts that a decision lacked.
struct Missing {
  policy::Fact facts = policy::Fact::none;  ///< of the session, the envelope or the tenant
  bool authentication = false;              ///< SPF, DKIM, DMARC and ARC of the message

  [[nodiscard]] bool any() const noexcept { return facts != policy::Fact::none || authentication; }
  friend bool operator==(const Missing&, const Missing&) noexcept = default;
};

/// One step of the decision, as policy::Step, kept as text.
struct RecordStep {
  std::string clause;     ///< "originating.certificate"
  std::string question;   ///< a sentence
  std::string answer;     ///< "yes", "no", "unknown"
  std::string connector;  ///< its name; may be empty
};

/// One recipient of one message.
struct Record {
  UnixTime time = 0;
  Outcome outcome = Outcome::refused;
  Mode mode = Mode::enforce;
  Stage stage = Stage::rcpt;  ///< when it was decided
  std::string door;           ///< "smtp" or "milter"
  std::string transaction;    ///< id in logs and Received; the queue id of a milter's host

  std::optional<IpAddress> client;
  std::string helo;
  bool tls_known = true;
  bool tls = false;
  std::string tls_version;
  bool certificate_known = true;
  bool certificate_trusted = false;
  std::string certificate_name;  ///< common name; empty where none was shown
  std::vector<std::string> certificate_alternative_names;

  bool null_sender = false;
  std::string sender;  ///< envelope sender (P1); empty where null
  /// The domain, in normal form, as which the sender was judged: its own, or the one that the most
  /// credulous next hop may read in it. Empty where null, and where an older gate did not tell.
  std::string judged_as;
  std::string recipient;  ///< envelope recipient
  bool header_known = false;
  std::string header_from;  ///< address of the From field (P2), where header_known
  std::string message_id;   ///< without brackets, where header_known

  std::string tenant;     ///< name
  std::string reason;     ///< policy::name_of(Reason), or one of other_reasons
  std::string exception;  ///< "aligned_dkim", "dmarc_pass", "trusted_arc_sealer"; else empty
  std::string connector;  ///< that the rule attributed the message to; empty: none
  Missing missing;        ///< undetermined
  std::string reply;      ///< on one line
  std::vector<RecordStep> steps;
};

/// Reasons of a record beside those of the rule: what a protection holds against a message, and
/// what can't be read, so that nothing can be judged by it.
inline constexpr std::array<std::string_view, 5> other_reasons = {
    "own_header_from", "multiple_from", "unreadable_from", "unreadable_header",
    "unreadable_recipient"};

std::string_view name_of(Outcome) noexcept;  ///< "refused", "would_refuse", …
std::string_view name_of(Mode) noexcept;     ///< "enforce", "observe", "tenant", "off"
std::string_view name_of(Stage) noexcept;    ///< "rcpt", "data"
/// Whether the rule gave the reason, and no protection beyond it.
bool is_of_the_rule(const Record&) noexcept;
/// `judged_as` where it is another domain than the one that stands in the sender; else empty.
std::string_view read_as(const Record&);
/// The names of the missing facts, ", " between.
std::string text_of(const Missing&);

}  // namespace postern::ledger
