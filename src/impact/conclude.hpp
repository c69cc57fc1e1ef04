// The answer: would somebody break? One function says so, from what would become of each sender's
// mail and from what is not known, for every command and every form of output. "Nobody" is said
// only where it stays true under every reading of what is not known.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "impact/kind.hpp"
#include "impact/missing.hpp"
#include "impact/standing.hpp"
#include "policy/readings.hpp"
#include "policy/verdict.hpp"

namespace postern::impact {

/// What would become of one sender's mail. All counts are messages.
struct Outlook {
  Standing standing = Standing::open;
  Looks looks = Looks::unclear;  ///< the side that it is on, or leans to
  bool loss_accepted = false;    ///< the administrator lets it break
  std::uint64_t messages = 0;
  std::uint64_t refused = 0;          ///< under every reading
  std::uint64_t refused_already = 0;  ///< of these, today as well
  std::uint64_t undetermined = 0;     ///< the evidence lacks a fact
  std::uint64_t hanging = 0;          ///< a choice decides
  std::uint64_t on_presumption = 0;   ///< accepted if it presents a certificate that nobody saw
  std::uint64_t let_in = 0;           ///< accepted through what is planned
  /// The same, but a fact is lacking or a choice decides.
  std::uint64_t may_be_let_in = 0;
  std::uint64_t unguarded = 0;  ///< comes in as Direct Send, switch or not
};

/// Mail that the switch does not concern, comes in today, and would not or may not any longer. All
/// counts are messages.
struct Others {
  std::uint64_t refused = 0;                      ///< under every reading
  std::uint64_t undetermined = 0;                 ///< the evidence lacks a fact
  std::uint64_t hanging = 0;                      ///< a choice decides
  policy::Fact facts = policy::Fact::none;        ///< that the evidence lacks
  policy::Choice choices = policy::Choice::none;  ///< that decide
};

struct Findings {
  /// Of the switch alone, of a plan, or of a plan's connectors alone.
  enum class Of : std::uint8_t { the_switch, a_plan, connectors };
  Of of = Of::the_switch;
  std::vector<Outlook> senders;
  Others others;  ///< lost by the plan, or may be
  std::vector<Missing> missing;
  policy::Fact facts = policy::Fact::none;        ///< that the evidence lacks
  policy::Choice choices = policy::Choice::none;  ///< that verdicts hang on
  /// Of what may be let in.
  policy::Fact let_in_facts = policy::Fact::none;
  policy::Choice let_in_choices = policy::Choice::none;
  policy::Choice settled = policy::Choice::none;  ///< that are settled for this tenant
  std::uint64_t days = 0;                         ///< that the evidence tells of
  std::string refused_already_with;               ///< "5.7.51"; of most of it
  /// Messages that count as coming with a certificate which a person states.
  std::uint64_t certified_by_answer = 0;
  /// Where a gate's mode decides: messages that the evidence itself says were refused.
  std::uint64_t seen_refused = 0;
  /// "GCC High has no RejectDirectSend": there is nothing to turn on. Empty where there is.
  std::string lack_of_switch;
};

struct Pile {
  std::uint64_t senders = 0;
  std::uint64_t messages = 0;
  void add(std::uint64_t count) noexcept {
    if (count == 0) return;
    ++senders;
    messages += count;
  }
};

/// "3 messages from 1 sender".
std::string of_senders(const Pile&);

/// "of which the evidence does not tell client certificate", of what may be let in.
std::string why_let_in(const Findings&);

/// What may be refused of mail that `what`, the switch, does not concern: a clause each, with what
/// it hangs on.
std::vector<std::string> others_at_risk(const Others&, std::string_view what);

enum class Answer : std::uint8_t {
  nobody_breaks,    ///< exit status 0
  somebody_breaks,  ///< 1: certain legitimate mail is lost, or what is certainly forged let in
  not_determined,   ///< 3
};

struct Conclusion {
  Answer answer = Answer::not_determined;
  std::string sentence;
  Pile lost;                 ///< certain, legitimate, refused
  Pile loss_accepted;        ///< the same, but the administrator lets it break
  Pile undetermined;         ///< certain, legitimate, and the evidence lacks a fact
  Pile hanging;              ///< certain, legitimate, and a choice decides
  Pile on_presumption;       ///< certain, legitimate, if it presents a certificate
  Pile stopped;              ///< certain, forged, refused
  Pile let_in;               ///< certain, forged, accepted through what is planned
  Pile presumed_legitimate;  ///< leans to legitimate; refused, or may be
  Pile presumed_forged;      ///< leans to forged; refused or may be
  Pile open;                 ///< may be either; refused or may be
  Pile may_be_let_in;        ///< certain, forged, and a fact or a choice decides whether it is
  Pile let_in_unproved;      ///< presumed or open, accepted through what is planned
  Pile refused_already;      ///< of all above, refused today as well
  Others others;
  /// Where the cloud has no switch: what comes in as Direct Send, and of it what is or looks
  /// forged.
  Pile unguarded, unguarded_forged;
  std::string lack_of_switch;      ///< Findings'
  std::uint64_t seen_refused = 0;  ///< Findings'
  std::vector<Missing> missing;
  policy::Fact facts = policy::Fact::none;
  policy::Choice choices = policy::Choice::none;

  /// Senders that a person must be asked about.
  [[nodiscard]] std::uint64_t questions() const noexcept {
    return presumed_legitimate.senders + presumed_forged.senders + open.senders +
           let_in_unproved.senders;
  }
};

Conclusion conclude(const Findings&);

/// The exit status that says so.
int status_of(Answer) noexcept;
std::string_view name_of(Answer) noexcept;  ///< "nobody breaks", "somebody breaks", …

}  // namespace postern::impact
