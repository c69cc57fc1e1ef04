// From a stream of evidence to the answer: who sends as us without authenticating, and who of
// those would break. Collector is a Sink; feed it, then ask for the Report.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "base/ip.hpp"
#include "base/time.hpp"
#include "evidence/reader.hpp"
#include "impact/conclude.hpp"
#include "impact/context.hpp"
#include "impact/kind.hpp"
#include "impact/shape.hpp"
#include "impact/standing.hpp"
#include "impact/unusable_row.hpp"
#include "policy/readings.hpp"

namespace postern::impact {

/// Messages by action of the verdict.
struct Counts {
  std::uint64_t accept = 0;
  std::uint64_t reject = 0;
  std::uint64_t undetermined = 0;
};

constexpr std::size_t reason_count = static_cast<std::size_t>(policy::Reason::missing_facts) + 1;
/// Messages by reason of the verdict, indexed by policy::Reason.
using ReasonCounts = std::array<std::uint64_t, reason_count>;

/// Messages by outcome of an authentication mechanism, indexed by evidence::AuthResult.
using ResultCounts = std::array<std::uint64_t, 8>;

/// What to do about a sender, before rejection is turned on.
struct Remedy {
  std::string what;  ///< one sentence
  /// The connector with the exact values, where one helps. `plan` starts from the same.
  std::optional<policy::InboundConnector> connector;
  /// PowerShell that does it, tried on the rule; empty where none does what it is for.
  std::string command;
  std::string risk;  ///< that lasts; may be empty
  /// What the trial of this connector alone found: other connectors, as those of a plan, may make
  /// another of it. May be empty.
  std::string trial = {};
};

/// Both in one sentence, for whoever looks at that connector alone.
std::string risk_alone(const Remedy&);

/// One group: mail that really comes from the same place.
struct Sender {
  std::string name;  ///< service, reverse name or address that stands for the group
  Kind kind = Kind::unknown;
  Looks looks = Looks::unclear;
  /// How sure it is what it is; legitimate and forged are said of what is certain.
  Standing standing = Standing::open;
  std::string fact;  ///< the hard fact that makes it certain; empty: none
  /// Whether a fact or a pin vouches for the source itself, so that a connector by its address may:
  /// mail that is the tenant's own comes from forwarders too.
  bool source_is_vouched_for = false;
  bool loss_accepted = false;  ///< the administrator lets it break
  /// One device whose address changes: no connector can name it.
  bool moves = false;
  /// Messages of its envelope senders to recipients outside, as far as the evidence shows them.
  std::uint64_t writes_outside = 0;
  /// How sure the kind is, 0 to 1; calibrated (docs/classification.md). 1 for pins and connectors.
  double confidence = 0;
  std::vector<std::string> reasons;  ///< why kind and looks are what they are, one clause each
  std::vector<std::string> doubts;   ///< what speaks against it
  std::string pin;                   ///< place of the pin that decided; empty: none
  std::string answered_certificate;  ///< that the pin says it presents
  /// Place of a pin that says refuse although a hard fact says that it is the tenant's own: it was
  /// not followed. Empty: none.
  std::string pin_overruled;
  Remedy remedy;
  /// Of what is not certain: what it most likely is if it is legitimate, and the remedy then (none
  /// stands beside what looks forged).
  Kind likely_kind = Kind::unknown;
  Remedy if_kept;
  bool is_rest = false;  ///< no one sender, but all beyond the limit

  std::vector<IpAddress> addresses;  ///< at most 64, sorted
  std::uint64_t address_count = 0;
  std::vector<std::string> hostnames;      ///< reverse and HELO names, at most 8
  std::vector<std::string> reverse_paths;  ///< envelope senders, at most 8, most frequent first
  std::uint64_t reverse_path_count = 0;    ///< distinct
  bool reverse_path_count_is_estimate = false;
  std::vector<std::string> subjects;     ///< at most 3 samples
  std::vector<std::string> message_ids;  ///< at most 3 samples, to look them up

  std::uint64_t messages = 0;
  std::uint64_t days = 0;  ///< distinct UTC days
  std::optional<UnixTime> first;
  std::optional<UnixTime> last;
  std::int64_t first_day = 0;         ///< UTC day of by_day[0], counted from 1970-01-01
  std::vector<std::uint64_t> by_day;  ///< messages on each day from there on
  std::uint64_t recipients = 0;       ///< distinct
  bool recipients_is_estimate = false;
  ResultCounts spf{}, dkim{}, dmarc{}, compauth{};
  /// Messages by what SPF published at the time of the report says of their source, where no
  /// evidence tells the result and Options::published_spf was there to ask.
  ResultCounts published_spf{};
  /// Messages (mail files, verified) whose header claims a pass that did not hold.
  std::uint64_t claims_unconfirmed = 0;
  std::array<std::uint64_t, 6> delivery{};  ///< indexed by evidence::Delivery

  /// Under the tenant as it is. Where a gate's mode decides (cloud = "none"), what it may refuse is
  /// undetermined.
  Counts now;
  Counts with_rejection;              ///< with RejectDirectSend on, under every reading
  std::uint64_t refused_already = 0;  ///< of the rejected, today as well
  ReasonCounts refused_already_by{};
  /// Of those accepted, what comes in as Direct Send all the same: the cloud has no switch, or it
  /// does not count the sender.
  std::uint64_t unguarded = 0;
  std::uint64_t hanging = 0;  ///< of the undetermined, those that a choice decides
  policy::Choice hangs_on = policy::Choice::none;         ///< the choices
  policy::Reason reason = policy::Reason::missing_facts;  ///< most frequent, with rejection on
  policy::Fact missing = policy::Fact::none;              ///< over all undetermined ones
  policy::Note notes = policy::Note::none;
  std::vector<std::string> connectors;  ///< names of the connectors it was attributed to
  std::vector<Shape> shapes;            ///< where Options::most_shapes asks for them
  /// Where the sender is a relay of one's own: who hands mail to it, most frequent first, at
  /// most 8.
  std::vector<std::string> upstreams;
};

/// What would become of a sender's mail with these counts, `hanging` of them undetermined by a
/// choice.
Outlook outlook_of(const Sender&, const Counts& counts, std::uint64_t hanging);

/// Rows that were messages but that Direct Send can't concern, by why.
struct Aside {
  std::uint64_t external_sender = 0;   ///< envelope sender of another organisation, own in no part
  std::uint64_t sender_untold = 0;     ///< nothing tells who sent it
  std::uint64_t header_from_only = 0;  ///< own domain in header From alone: the third entrance
  std::uint64_t null_reverse_path = 0;
  std::uint64_t authenticated = 0;  ///< signed in or originating
  std::uint64_t outbound = 0;
  std::uint64_t other_tenant = 0;  ///< recipient domain is nobody's here
  std::uint64_t other_event = 0, duplicate = 0, not_mail = 0;  ///< from the readers
  std::uint64_t other_receiver = 0;                            ///< received by another organisation
  std::uint64_t other_source = 0;  ///< known from another source of evidence already
  std::uint64_t other_period = 0;  ///< before --since or after --until
  std::uint64_t undated = 0;       ///< of concern, but without a time where a period was asked for
};

struct Totals {
  std::uint64_t rows = 0;  ///< rows = used + not relevant + bad
  std::uint64_t used = 0;
  std::uint64_t not_relevant = 0;
  std::uint64_t bad = 0;
  Aside aside;

  // Of the used, with rejection on:
  std::uint64_t rejected_legitimate = 0, senders_legitimate = 0;  ///< N messages, M senders
  std::uint64_t rejected_forged = 0, senders_forged = 0;          ///< K messages
  std::uint64_t rejected_unclear = 0, senders_unclear = 0;        ///< rejected, by whom is unclear
  std::uint64_t undetermined = 0, senders_undetermined = 0;       ///< J messages
  std::uint64_t accepted = 0, senders_accepted = 0;
  policy::Fact missing = policy::Fact::none;  ///< why the J could not be determined
  std::optional<UnixTime> first, last;        ///< over all messages of the period
  /// Distinct UTC days that a source tells of which sees all mail that comes in; where there is
  /// none such, those that any tells of.
  std::uint64_t days = 0;
  std::uint64_t of_the_tenant = 0;  ///< messages from or to a domain of the tenant
  std::uint64_t arrivals = 0;       ///< of them, what came in and nobody signed in for
};

/// A choice that the tenant's own mail settles: rows that record how Exchange attributed a message.
struct LearntChoice {
  policy::Choice choice = policy::Choice::none;
  std::string key, value;      ///< as in [choices] of tenant.toml
  std::uint64_t messages = 0;  ///< that speak for it and against every other value
  bool is_the_tenants = true;  ///< what the tenant's file, or the default, has it be
};

/// What the evidence says of one choice, value by value.
struct ChoiceTally {
  struct Value {
    std::string value;             ///< as in [choices] of tenant.toml
    std::uint64_t agree = 0;       ///< messages attributed as the rule has it with this value alone
    std::uint64_t contradict = 0;  ///< messages that speak against it
    bool is_the_tenants = false;
  };
  std::string key;
  std::vector<Value> values;
  std::optional<std::size_t> settled;  ///< which of them is settled
};

struct Report {
  Totals totals;
  /// "GCC High has no RejectDirectSend"; empty where there is one, or no Exchange.
  std::string lack_of_switch;
  bool at_exchange = true;      ///< else a gate's mode decides what is refused (cloud = "none")
  std::vector<Sender> senders;  ///< who would break first: looks, then messages, then name
  std::vector<evidence::Tally> files;
  std::vector<UnusableRow> bad_rows;    ///< the first few
  std::vector<std::string> files_lost;  ///< that could not be read, or not to their end
  std::vector<std::string> remarks;     ///< what a careful reader must know of this evidence
  /// "from 2026-10-10T00:00:00Z on": what Options::since and until come to; empty: all of it.
  std::string period_asked;
  /// Senders beyond the limit, folded into one: their number and messages.
  std::uint64_t folded_senders = 0, folded_messages = 0;
  /// Anonymous mail that the switch does not concern, but a connector may: foreign and null
  /// envelope senders. Only with Options::bystanders.
  std::vector<Shape> bystanders;
  /// Messages whose shapes were over the limit: of the senders, and of the bystanders.
  std::uint64_t unkept = 0, unkept_bystanders = 0;
  /// Messages of the tenant's own that rows tell of after their arrival alone; and those of which
  /// that was not asked for want of room.
  std::uint64_t arrivals_untold = 0, later_events_let_go = 0;
  std::vector<Missing> missing;  ///< evidence that was not read, or is not there
  std::vector<LearntChoice> learnt;
  policy::Choices choices;                        ///< the tenant's, with what was learnt
  policy::Choice settled = policy::Choice::none;  ///< those that are settled
  /// What the evidence recorded otherwise than the rule has it, under the tenant's own choices. The
  /// evidence wins.
  std::vector<std::string> contradictions;
  /// Messages that count as coming with a certificate that only an answer tells.
  std::uint64_t certified_by_answer = 0;
  /// Messages that the evidence shows not to have come with the certificate that an answer states,
  /// by the answer's place.
  std::map<std::string, std::uint64_t> refuted_certificates;
  std::uint64_t attributed = 0;      ///< messages of which the evidence recorded the attribution
  std::vector<ChoiceTally> tallies;  ///< of the choices that matter for this tenant
  /// What contradicts the rule whatever is learnt.
  std::vector<std::string> unexplained;
  Conclusion conclusion;  ///< of turning the switch
};

/// What to ask of published SPF: may `address` send for `domain`?
struct SpfQuestion {
  IpAddress address;
  std::string domain;     ///< of the envelope sender
  std::string mail_from;  ///< an envelope sender at it, for macros
};
/// An answer for each question, in their order; unknown where nobody could tell.
using PublishedSpf =
    std::function<std::vector<evidence::AuthResult>(const std::vector<SpfQuestion>&)>;

struct Options {
  /// For the tables' hashes: drawn once a run, mail being chosen by strangers. Changes no answer.
  HashSeed seed;
  std::size_t most_senders = 100'000;  ///< bounds the memory
  std::size_t most_bad_rows = 20;
  /// Messages remembered to find the same one in another source; 0: none.
  std::size_t most_joined = 0;
  /// There is one source, unless it turns out to hold several (an archive): nothing to remember.
  bool one_source = false;
  std::optional<UnixTime> since, until;  ///< messages before or at and after these are set aside
  std::optional<UnixTime> now;           ///< up to when evidence may be there
  /// Distinct shapes kept, to decide the evidence again under another policy.
  std::size_t most_shapes = 500'000;
  bool bystanders = false;  ///< keep the shapes of mail that the switch does not concern too
  /// When the tenant's connectors changed, ascending.
  std::vector<UnixTime> connector_changes;
  /// Asked once, at the end, about messages whose SPF result no evidence tells. Null: nobody is
  /// asked. (What is published today need not be what was published when the mail came.)
  PublishedSpf published_spf;
  std::size_t most_questions = 10'000;  ///< to published_spf; the sources with most mail go first
  /// Told of every message of the period, also of those that the switch does not concern, with all
  /// that the evidence knows of it. May be null.
  std::function<void(const evidence::Message&)> seen;
};

class Collector final : public evidence::Sink {
 public:
  /// `readings` are of the tenant as it is; what-if is with_reject_direct_send(true).
  Collector(const policy::Readings& readings, Context context, const Options& options);
  ~Collector() override;

  void message(const evidence::Message&) override;
  [[nodiscard]] std::optional<evidence::Brief> brief_of(const evidence::Message&) const override;
  void brief(const evidence::Brief&) override;
  void not_relevant(evidence::NotRelevant) override;
  void bad(const evidence::BadRow&) override;
  void member_begins() override;
  void member_done(const evidence::Tally&) override;

  /// Call once a file, with what evidence::read returned.
  void file_done(const evidence::Tally&);
  [[nodiscard]] Report finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace postern::impact
