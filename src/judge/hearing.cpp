#include "judge/hearing.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "judge/author.hpp"
#include "judge/protections.hpp"
#include "judge/recording.hpp"
#include "judge/sender_readings.hpp"

namespace postern::judge {
namespace {

using auth::MessageAuthentication;
using ledger::Outcome;
using ledger::Record;
using policy::Reason;
using policy::Verdict;

// What may share a message, because one reply fits all.
enum class Fate : std::uint8_t { none, passes, protected_, awaits_message };

std::string without_brackets(std::string text) {
  if (text.size() >= 2 && text.front() == '<' && text.back() == '>') {
    return text.substr(1, text.size() - 2);
  }
  return text;
}

}  // namespace

struct Hearing::State {
  // A recipient that was judged and taken.
  struct Taken {
    policy::Verdict verdict;
    Judge::Rules rules;
    message::Address address;
    std::string domain;  // that it was judged by
    std::string sender;  // the domain as which the sender was
    Fate fate = Fate::passes;
    bool judged = false;     // the mode is not off
    std::size_t record = 0;  // index + 1; 0: none
    [[nodiscard]] bool observed() const noexcept { return rules.mode == Mode::observe; }
  };

  State(std::shared_ptr<const Judge> a_judge, const SessionFacts& a_session, Sender a_sender,
        UnixTime a_time, std::string a_transaction)
      : judge(std::move(a_judge)),
        session(a_session),
        sender(std::move(a_sender)),
        now(a_time),
        transaction(std::move(a_transaction)) {
    submission.client_ip = session.client;
    submission.authenticated = session.authenticated;
    submission.tls = session.tls;
    submission.certificate.state = session.certificate;
    submission.certificate.trusted = session.certificate_trusted;
    submission.certificate.subject = session.common_name;
    alternative_names.assign(session.alternative_names.begin(), session.alternative_names.end());
    submission.certificate.subject_alternative_names = alternative_names;
    if (session.door == Door::smtp && session.tls == policy::Known::unknown) {
      // A proxy spoke for the client. What it can't vouch for opens no connector.
      submission.tls = policy::Known::no;
      submission.certificate = {};
      submission.certificate.state = policy::ClientCertificate::State::none;
    }
    submission.reverse_path.state =
        sender.null ? policy::ReversePath::State::null : policy::ReversePath::State::address;
    submission.reverse_path.domain = sender.address.domain;
    if (!sender.null) other_domains = other_domains_of(sender.address);
  }

  [[nodiscard]] const Settings& settings() const noexcept { return judge->settings(); }

  [[nodiscard]] smtp::Reply reply(int code, std::string enhanced, std::string text) const {
    return supported(settings(), {code, std::move(enhanced), std::move(text)});
  }
  [[nodiscard]] smtp::Reply reply_for(Reason reason) const {
    const policy::Reply* known = policy::reply_for(reason);
    return reply(known->code, std::string(known->enhanced_status), std::string(known->text));
  }

  // The header's author, as the most credulous reader behind the gate has it. Read once.
  [[nodiscard]] const Author& author(const message::HeaderBlock& header) {
    if (known_author) return *known_author;
    known_author = author_of(header);
    std::set<std::string_view> behind;
    for (const Taken& each : taken)
      behind.insert(each.domain);
    const auto complete = [&](std::string& domain) {
      if (domain.empty() || domain.find('.') != std::string::npos) return;
      for (const std::string_view each : behind) {
        std::string own = completed_own(judge->policy(), domain, each, judge->default_domain());
        if (own.empty()) continue;
        domain = std::move(own);
        break;
      }
    };
    std::vector<std::string>& domains = known_author->domains;
    std::for_each(domains.begin(), domains.end(), complete);
    for (std::string& other : known_author->other_domains) {
      complete(other);
      if (judge->policy().owner_of(other) != policy::no_tenant) domains.push_back(other);
    }
    std::sort(domains.begin(), domains.end());
    domains.erase(std::unique(domains.begin(), domains.end()), domains.end());
    return *known_author;
  }

  // The rule is asked with the sender's domain, and where that passes on nobody's word, with each
  // own one that it may be taken for: what would not be let through then is not.
  policy::Submission ask(const policy::Policy& rule, Verdict& verdict) {
    policy::Submission asked = submission;
    verdict = decide(rule, asked);
    if (!other_domains.empty()) {
      const std::vector<std::string> own =
          own_readings(judge->policy(), other_domains, submission.recipient_domain.value_or(""),
                       judge->default_domain());
      readings = readings_of(rule, submission, verdict, own);
      if (!readings.empty() && readings.back().verdict.action != policy::Action::accept) {
        verdict = readings.back().verdict;
        asked.reverse_path.domain = readings.back().domain;
      }
    }
    return as_hidden_names(rule, asked, verdict);
  }

  // A certificate whose alternative names are hidden may match by one of them.
  [[nodiscard]] policy::Submission as_hidden_names(const policy::Policy& rule,
                                                   const policy::Submission& by,
                                                   Verdict& verdict) const {
    policy::Submission asked = by;
    if (session.alternative_names_known || verdict.action != policy::Action::reject ||
        session.certificate != policy::ClientCertificate::State::presented ||
        !session.certificate_trusted) {
      return asked;
    }
    asked.certificate.state = policy::ClientCertificate::State::unknown;
    const Verdict other = decide(rule, asked);
    if (other.action == policy::Action::undetermined) {
      verdict = other;
      return asked;
    }
    return by;
  }

  Record& write(Outcome outcome, const Judge::Rules& rules, const message::Address& to,
                const policy::Policy& rule, const policy::Submission& asked,
                const Verdict& verdict) {
    Record& record = records.emplace_back(record_of(*judge, rules, rule, asked, verdict));
    set_session(record, session, sender);
    record.time = now;
    record.transaction = transaction;
    record.outcome = outcome;
    record.recipient = to.text;
    if (const std::string_view domain = read_as(record); !domain.empty()) {
      record.steps.insert(record.steps.begin(), step_of_reading(domain));
    }
    return record;
  }

  [[nodiscard]] Fate class_of(bool awaits, bool enforced, bool vouched) const noexcept {
    if (awaits) return Fate::awaits_message;
    return enforced && !vouched && settings().has_protections() ? Fate::protected_ : Fate::passes;
  }

  // Recipients whose outcomes may differ can't share a message. What waits for an exception hangs
  // on its reason, and on the tenant whose author that would be.
  [[nodiscard]] bool admit(const Taken& next) const noexcept {
    if (taken.empty()) return true;
    const Taken& first = taken.front();
    if (first.fate != next.fate) return false;
    if (next.fate != Fate::awaits_message || !settings().has_exceptions()) return true;
    return first.verdict.reason == next.verdict.reason && first.rules.tenant == next.rules.tenant;
  }

  // What comes of a recipient that is taken for one at one domain, before others of its message
  // count.
  struct Ruling {
    RecipientAnswer answer;
    Taken taken;
    policy::Submission asked;
    std::optional<Outcome> outcome;           // of its row; nullopt: none
    std::string reply;                        // in its row
    std::optional<std::string_view> read_as;  // the other reading, where it is one

    // How much it keeps from anybody: of several readings the one with the most counts.
    [[nodiscard]] int weight() const noexcept {
      if (answer.action == Action::refuse) return 6;
      if (answer.action == Action::defer) return 5;
      if (taken.fate == Fate::awaits_message) return 4;
      if (taken.fate == Fate::protected_) return 3;
      if (outcome) return 2;
      return taken.judged ? 1 : 0;
    }
  };

  [[nodiscard]] bool foreign_are_refused() const noexcept {
    return session.door == Door::smtp && settings().foreign_recipients == ForeignRecipients::refuse;
  }

  // `domain` must outlive the ruling.
  Ruling rule_on(std::string_view domain) {
    Ruling ruling;
    Taken& next = ruling.taken;
    next.rules = judge->rules_for(domain);
    next.domain = domain;
    const bool foreign = next.rules.tenant == policy::no_tenant;
    // To become an open relay is nothing to observe.
    if (foreign && foreign_are_refused()) {
      next.rules = {Mode::enforce, Stage::rcpt, policy::no_tenant};
    } else if (foreign || next.rules.mode == Mode::off) {
      next.fate = class_of(false, false, false);
      return ruling;
    }
    next.judged = !foreign;
    submission.recipient_domain = domain;
    ruling.asked = ask(judge->rule_of(next.rules.mode), next.verdict);
    next.sender = ruling.asked.reverse_path.domain;
    ruling.answer.reason = next.verdict.reason;
    const bool observed = next.rules.mode == Mode::observe;
    next.fate = class_of(false, next.judged && !observed, is_vouched_for(next.verdict.reason));
    if (next.verdict.action == policy::Action::undetermined) {
      rule_on_undetermined(ruling);
    } else if (next.verdict.action == policy::Action::reject && judge->awaits(domain)) {
      // Another gate may take it, or this one once its tenant is in force: nothing for a bounce.
      ruling.answer.action = Action::defer;
      ruling.answer.reply =
          reply(451, "4.3.0", "The policy of that domain is not in force here yet");
    } else if (next.verdict.action == policy::Action::reject) {
      smtp::Reply refusal = reply_for(next.verdict.reason);
      ruling.reply = refusal.line();
      ruling.outcome = observed ? Outcome::would_refuse : Outcome::refused;
      if (observed) {
        next.fate = Fate::passes;
      } else if (next.rules.stage == Stage::data) {
        next.fate = Fate::awaits_message;
      } else {
        ruling.answer.action = Action::refuse;
        ruling.answer.reply = std::move(refusal);
      }
    }
    return ruling;
  }

  void rule_on_undetermined(Ruling& ruling) {
    ruling.outcome = Outcome::undetermined;
    const Mode mode = ruling.taken.rules.mode;
    if (mode == Mode::observe || settings().undetermined == Undetermined::accept) return;
    if (settings().undetermined == Undetermined::defer) {
      ruling.answer.action = Action::defer;
      const ledger::Missing missing{ruling.taken.verdict.missing};
      ruling.answer.reply =
          reply(451, "4.7.0", fmt::format("Can't be judged without: {}", text_of(missing)));
    } else {
      ruling.answer.action = Action::refuse;
      ruling.answer.reply = reply_for(Reason::direct_send_rejected);
      ruling.outcome = Outcome::refused;
    }
    ruling.reply = ruling.answer.reply.line();
  }

  // A next hop may deliver "ann%fabrikam.com@contoso.com" to fabrikam.com, or pass it on to
  // somebody else's mail server: each domain that it may read is asked for what it lets in.
  Ruling strictest_ruling(const message::Address& address) {
    // RFC 5321, 4.1.1.3: <postmaster> needs no domain.
    const bool has_domain = address.text.find('@') != std::string::npos;
    const std::string_view written = has_domain ? address.domain : judge->default_domain();
    Ruling strictest = rule_on(written);
    bool nameless = false;
    const std::vector<std::string> others = other_domains_of(address, &nameless);
    if (others.empty() && !nameless) return strictest;
    recipient_readings = own_readings(judge->policy(), others, written, judge->default_domain());
    if (foreign_are_refused()) {
      // A name without a dot that is not own is a host of the next hop's own network.
      std::copy_if(others.begin(), others.end(), std::back_inserter(recipient_readings),
                   [&](const std::string& name) {
                     return name.find('.') != std::string::npos &&
                            judge->policy().owner_of(name) == policy::no_tenant;
                   });
      if (nameless) recipient_readings.emplace_back();
    }
    for (const std::string& domain : recipient_readings) {
      if (strictest.answer.action == Action::refuse) break;
      if (domain == written) continue;
      Ruling other = rule_on(domain);
      if (other.weight() <= strictest.weight()) continue;
      strictest = std::move(other);
      strictest.read_as = domain;
    }
    return strictest;
  }

  void write_ruling(const Ruling& ruling, const message::Address& to) {
    const Taken& next = ruling.taken;
    Record& record = write(*ruling.outcome, next.rules, to, judge->rule_of(next.rules.mode),
                           ruling.asked, next.verdict);
    record.reply = ruling.reply;
    if (next.verdict.action == policy::Action::reject && ruling.answer.action == Action::accept) {
      record.stage = next.rules.stage;
    }
    if (!ruling.read_as) return;
    const int behind = read_as(record).empty() ? 0 : 1;
    record.steps.insert(record.steps.begin() + behind, step_of_recipient_reading(*ruling.read_as));
  }

  // The tenant's connector says that mail on it carries the organisation's own headers (hybrid).
  [[nodiscard]] bool may_carry_organization_headers() const {
    return !taken.empty() && std::all_of(taken.begin(), taken.end(), [&](const Taken& each) {
      return each.verdict.connector != policy::no_connector &&
             is_vouched_for(each.verdict.reason) &&
             judge->policy().connector(each.verdict.connector).cloud_services_mail_enabled;
    });
  }

  // Where the mode is off nothing would be refused, and whether that mode counts may be the
  // question.
  [[nodiscard]] static Outcome outcome_of_unreadable(Mode mode) noexcept {
    return mode == Mode::off       ? Outcome::undetermined
           : mode == Mode::observe ? Outcome::would_refuse
                                   : Outcome::refused;
  }

  MessageAnswer refuse_message(Action action, smtp::Reply with, std::string_view why) {
    return {action, std::move(with), {}, why};
  }

  // A protection's finding, written down for every recipient that it concerns.
  void write_protection(const Objection& found, Outcome outcome, const Author& author,
                        const std::string& message_id, bool observed) {
    for (const Taken& each : taken) {
      if (!each.judged || is_vouched_for(each.verdict.reason) || each.observed() != observed) {
        continue;
      }
      Record& record = write(outcome, each.rules, each.address, judge->rule_of(each.rules.mode),
                             recipient_submission(each), each.verdict);
      record.stage = Stage::data;
      record.reason = found.name;
      record.missing.authentication = found.finding == Finding::unknown;
      record.reply = found.reply.line();
      complete(record, author, message_id);
    }
  }

  static void complete(Record& record, const Author& author, const std::string& message_id) {
    record.header_known = true;
    record.header_from = author.address;
    record.message_id = message_id;
  }

  [[nodiscard]] policy::Submission recipient_submission(const Taken& each) const {
    policy::Submission asked = submission;
    asked.recipient_domain = each.domain;
    asked.reverse_path.domain = each.sender;
    return asked;
  }

  std::shared_ptr<const Judge> judge;
  const SessionFacts& session;
  Sender sender;
  UnixTime now;
  std::string transaction;
  policy::Submission submission;
  std::vector<std::string_view> alternative_names;
  std::vector<std::string> other_domains;       // that a next hop may read in the sender
  std::vector<Reading> readings;                // own ones among them, for the newest recipient
  std::vector<std::string> recipient_readings;  // as what else the newest recipient is judged
  std::vector<Taken> taken;
  std::optional<Author> known_author;  // of the message
  std::vector<Record> records;
  bool over = false;  // message() was asked
};

Hearing::Hearing(std::shared_ptr<const Judge> judge, const SessionFacts& session, Sender sender,
                 UnixTime now, std::string transaction)
    : state_(std::make_unique<State>(std::move(judge), session, std::move(sender), now,
                                     std::move(transaction))) {}
Hearing::Hearing(Hearing&&) noexcept = default;
Hearing::~Hearing() = default;

RecipientAnswer Hearing::recipient(const message::Address& address) {
  State& s = *state_;
  State::Ruling ruling = s.strictest_ruling(address);
  RecipientAnswer& answer = ruling.answer;
  if (answer.action != Action::accept) {
    if (ruling.outcome) s.write_ruling(ruling, address);
    return std::move(answer);
  }
  State::Taken& next = ruling.taken;
  if (!s.admit(next)) {
    return {Action::defer,
            {452, "4.5.3", "That recipient needs a message of its own"},
            next.verdict.reason,
            true};
  }
  if (ruling.outcome) {
    s.write_ruling(ruling, address);
    next.record = s.records.size();
  }
  next.address = address;
  s.taken.push_back(std::move(next));
  return std::move(answer);
}

void Hearing::withdraw_last() {
  State& s = *state_;
  if (s.taken.empty()) return;
  if (s.taken.back().record == s.records.size() && !s.records.empty()) s.records.pop_back();
  s.taken.pop_back();
}

bool Hearing::needs_header() const noexcept {
  const State& s = *state_;
  return s.judge->may_need_header();
}

bool Hearing::needs_verdict() const noexcept {
  const State& s = *state_;
  return std::any_of(s.taken.begin(), s.taken.end(), [&](const State::Taken& each) {
    return each.fate == Fate::awaits_message || each.fate == Fate::protected_;
  });
}

bool Hearing::needs_authentication() const noexcept {
  const State& s = *state_;
  if (s.settings().authenticate_all) return true;
  return std::any_of(s.taken.begin(), s.taken.end(), [&](const State::Taken& each) {
    const bool refused = each.verdict.reason == Reason::direct_send_rejected;
    return (refused && each.rules.stage == Stage::data && s.settings().has_exceptions()) ||
           (s.settings().refuse_own_header_from && each.judged &&
            !is_vouched_for(each.verdict.reason));
  });
}

bool Hearing::needs_authentication(const message::HeaderBlock& header) {
  State& s = *state_;
  if (!needs_authentication()) return false;
  if (s.settings().authenticate_all || has_own_author(*s.judge, s.author(header))) return true;
  // A foreign author: no signature helps, but a sealer might.
  return !s.settings().trusted_arc_sealers.empty() &&
         std::any_of(s.taken.begin(), s.taken.end(), [](const State::Taken& each) {
           return each.verdict.reason == Reason::direct_send_rejected;
         });
}

MessageAnswer Hearing::message(const message::HeaderBlock& header,
                               const MessageAuthentication* results) {
  State& s = *state_;
  s.over = true;
  const Author& author = s.author(header);
  const std::string message_id = without_brackets(header.text("Message-ID"));
  for (Record& record : s.records)
    State::complete(record, author, message_id);

  // The rule's own refusals, and who is excepted from them.
  MessageAnswer answer;
  for (const State::Taken& each : s.taken) {
    if (each.record == 0 || each.verdict.action != policy::Action::reject) continue;
    if (each.rules.stage != Stage::data) continue;
    Record& record = s.records[each.record - 1];
    Exception exception;
    if (each.verdict.reason == Reason::direct_send_rejected) {
      exception = exception_for(*s.judge, author, each.rules.tenant, results);
    }
    if (exception.finding == Finding::yes) {
      record.outcome = Outcome::exception;
      record.exception = exception.name;
      continue;
    }
    if (exception.finding == Finding::unknown) {
      record.outcome = Outcome::undetermined;
      record.missing.authentication = true;
    }
    if (each.observed() || answer.action == Action::refuse) continue;
    if (exception.finding == Finding::unknown) {
      answer = s.refuse_message(Action::defer,
                                s.reply(451, "4.7.0", "The message can't be authenticated for now"),
                                "undetermined");
    } else {
      answer = s.refuse_message(Action::refuse, s.reply_for(each.verdict.reason),
                                policy::name_of(each.verdict.reason));
    }
  }
  if (answer.action != Action::accept) {
    // One message, one reply.
    for (const State::Taken& each : s.taken) {
      if (each.record == 0 || each.fate != Fate::awaits_message) continue;
      s.records[each.record - 1].reply = answer.reply.line();
    }
    return answer;
  }

  const bool concerns_any = std::any_of(s.taken.begin(), s.taken.end(), [](const auto& each) {
    return each.judged && !is_vouched_for(each.verdict.reason);
  });
  if (concerns_any && s.settings().has_protections()) {
    Objection found = objection_to(*s.judge, author, results);
    if (found.finding != Finding::no) {
      const bool unknown = found.finding == Finding::unknown;
      s.write_protection(found, unknown ? Outcome::undetermined : Outcome::refused, author,
                         message_id, false);
      s.write_protection(found, unknown ? Outcome::undetermined : Outcome::would_refuse, author,
                         message_id, true);
      const bool enforced = std::any_of(s.taken.begin(), s.taken.end(), [](const auto& each) {
        return each.judged && !each.observed() && !is_vouched_for(each.verdict.reason);
      });
      if (enforced) {
        return s.refuse_message(unknown ? Action::defer : Action::refuse, std::move(found.reply),
                                found.name);
      }
    }
  }
  const bool strip = s.settings().strip_organization_headers && !s.may_carry_organization_headers();
  answer.edits = edits_of(header, s.settings(), strip, results);
  return answer;
}

RecipientAnswer Hearing::unreadable_recipient(std::string text, const smtp::Reply& reply) {
  State& s = *state_;
  const Mode mode = s.judge->strictest_mode();
  const bool refuses = mode == Mode::enforce || mode == Mode::tenant;
  Record& record = s.records.emplace_back();
  set_session(record, s.session, s.sender);
  record.time = s.now;
  record.transaction = s.transaction;
  record.mode = mode;
  record.outcome = s.outcome_of_unreadable(mode);
  record.recipient = std::move(text);
  record.reason = "unreadable_recipient";
  record.reply = reply.line();
  if (!refuses) return {};
  return {Action::refuse, reply, Reason::missing_facts, false};
}

MessageAnswer Hearing::unreadable_header(const smtp::Reply& reply) {
  State& s = *state_;
  s.over = true;
  bool refuses = false;
  for (const State::Taken& each : s.taken) {
    if (each.rules.tenant == policy::no_tenant) continue;
    refuses = refuses || (each.judged && !each.observed());
    if (each.record != 0 && !each.observed()) {
      s.records[each.record - 1].reply = reply.line();  // refused for Direct Send, but for this
      continue;
    }
    Record& record =
        s.write(s.outcome_of_unreadable(each.rules.mode), each.rules, each.address,
                s.judge->rule_of(each.rules.mode), s.recipient_submission(each), each.verdict);
    record.stage = Stage::data;
    record.reason = "unreadable_header";
    record.reply = reply.line();
    record.steps.clear();
  }
  if (!refuses) return {};
  return s.refuse_message(Action::refuse, reply, "unreadable_header");
}

std::vector<Record> Hearing::take_records() {
  State& s = *state_;
  if (!s.over) {
    // Nobody was refused what the client gave up before it was judged, nor would have been.
    for (const State::Taken& each : s.taken) {
      const bool waited =
          each.rules.stage == Stage::data && each.verdict.action == policy::Action::reject;
      if (waited && each.record != 0) {
        s.records[each.record - 1].reason.clear();
      }
    }
    std::erase_if(s.records, [](const Record& record) { return record.reason.empty(); });
  }
  s.taken.clear();
  return std::exchange(s.records, {});
}

}  // namespace postern::judge
