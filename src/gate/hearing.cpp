// One transaction before the judge.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "auth/authentication_results_field.hpp"
#include "auth/message_check.hpp"
#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "gate/judge.hpp"
#include "message/authentication_results.hpp"

namespace postern::gate {
namespace {

using auth::MessageAuthentication;
using policy::Reason;
using policy::Verdict;

constexpr std::string_view own_header_from = "own_header_from";
constexpr std::string_view multiple_from = "multiple_from";

// How sure an exception or a protection is of what it looks for.
enum class Finding : std::uint8_t { no, yes, unknown };

// What may share a message, because one reply fits all.
enum class Fate : std::uint8_t { none, passes, protected_, awaits_message };

std::string without_brackets(std::string text) {
  if (text.size() >= 2 && text.front() == '<' && text.back() == '>') {
    return text.substr(1, text.size() - 2);
  }
  return text;
}

std::string join(const std::vector<std::string_view>& pieces) {
  std::string out;
  for (const std::string_view piece : pieces)
    out += fmt::format("{}{}", out.empty() ? "" : ", ", piece);
  return out;
}

// Mail that the rule attributed to a connector, or whose client signed in, has a sender that
// answers for it.
bool is_vouched_for(Reason reason) noexcept {
  switch (reason) {
    case Reason::authenticated:
    case Reason::originating_certificate:
    case Reason::originating_sender:
    case Reason::originating_recipient:
    case Reason::partner_connector:
      return true;
    default:
      return false;
  }
}

// A signature that may speak for the author: whole, with a key that is not on trial, and of the
// author's own domain or one that DMARC calls aligned with it.
Finding aligned_dkim(const MessageAuthentication& results, std::string_view author) {
  Finding found = Finding::no;
  for (const auth::DkimOutcome& each : results.dkim) {
    const bool aligned =
        each.domain == author ||
        std::any_of(results.dmarc.alignments.begin(), results.dmarc.alignments.end(),
                    [&](const auth::Alignment& a) {
                      return a.aligned && a.identifier.domain == each.domain &&
                             a.identifier.method == auth::AuthenticatedIdentifier::Method::dkim;
                    });
    const bool sound = !each.testing && !each.length_limited;
    if (each.result == auth::DkimResult::pass && aligned && sound) return Finding::yes;
    if (each.result == auth::DkimResult::temp_error && is_same_or_subdomain(author, each.domain)) {
      found = Finding::unknown;
    }
  }
  return found;
}

Finding aligned_spf(const MessageAuthentication& results, std::string_view author) {
  if (!results.spf.checked || results.spf.identity_is_helo) return Finding::no;
  if (results.spf.domain != author) return Finding::no;
  if (results.spf.result == auth::SpfWord::pass) return Finding::yes;
  return results.spf.result == auth::SpfWord::temp_error ? Finding::unknown : Finding::no;
}

Finding dmarc_pass(const MessageAuthentication& results, std::string_view author) {
  if (results.dmarc.author_domain != author) return Finding::no;
  if (results.dmarc.result == auth::DmarcResult::pass) return Finding::yes;
  return results.dmarc.result == auth::DmarcResult::temp_error ? Finding::unknown : Finding::no;
}

}  // namespace

struct Hearing::State {
  // A recipient that was judged and taken.
  struct Taken {
    policy::Verdict verdict;
    Judge::Rules rules;
    message::Address address;
    std::string domain;  // that it was judged by
    Fate fate = Fate::passes;
    bool judged = false;     // the mode is not off
    std::size_t record = 0;  // index + 1; 0: none
    [[nodiscard]] bool observed() const noexcept { return rules.mode == Mode::observe; }
  };

  // What the From fields say.
  struct Author {
    std::size_t addresses = 0;
    std::size_t fields = 0;
    std::string address;               // the first
    std::vector<std::string> domains;  // of all
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
    submission.reverse_path.state =
        sender.null ? policy::ReversePath::State::null : policy::ReversePath::State::address;
    submission.reverse_path.domain = sender.address.domain;
  }

  [[nodiscard]] const JudgeSettings& settings() const noexcept { return judge->settings(); }
  [[nodiscard]] bool protects() const noexcept {
    return settings().refuse_own_header_from || settings().refuse_multiple_from;
  }
  [[nodiscard]] bool has_exceptions() const noexcept {
    return settings().allow_aligned_dkim || settings().allow_dmarc_pass ||
           !settings().trusted_arc_sealers.empty();
  }

  [[nodiscard]] smtp::Reply reply(int code, std::string enhanced, std::string text) const {
    if (!settings().support.empty()) text += '\n' + settings().support;
    return {code, std::move(enhanced), std::move(text)};
  }
  [[nodiscard]] smtp::Reply reply_for(Reason reason) const {
    const policy::Reply* known = policy::reply_for(reason);
    return reply(known->code, std::string(known->enhanced_status), std::string(known->text));
  }

  // A certificate whose alternative names are hidden may match by one of them.
  [[nodiscard]] policy::Submission as_hidden_names(const policy::Policy& rule,
                                                   Verdict& verdict) const {
    policy::Submission asked = submission;
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
    return submission;
  }

  Record& write(Outcome outcome, const Judge::Rules& rules, const message::Address& to,
                const policy::Policy& rule, const policy::Submission& asked,
                const Verdict& verdict) {
    Record& record = records.emplace_back();
    record.time = now;
    record.outcome = outcome;
    record.mode = rules.mode;
    record.stage = Stage::rcpt;
    record.door = session.door == Door::smtp ? "smtp" : "milter";
    record.transaction = transaction;
    record.client = session.client;
    record.helo = session.helo;
    record.tls_known = session.tls != policy::Known::unknown;
    record.tls = session.tls == policy::Known::yes;
    record.tls_version = session.tls_version;
    record.certificate_known = session.certificate != policy::ClientCertificate::State::unknown;
    record.certificate_trusted = session.certificate_trusted;
    record.certificate_name = session.common_name;
    record.certificate_alternative_names = session.alternative_names;
    record.null_sender = sender.null;
    record.sender = sender.address.text;
    record.recipient = to.text;
    if (rules.tenant != policy::no_tenant) {
      record.tenant = judge->policy().tenant_name(rules.tenant);
    }
    record.reason = policy::name_of(verdict.reason);
    if (verdict.connector != policy::no_connector) {
      record.connector = rule.connector(verdict.connector).name;
    }
    record.missing = join(policy::names_of(verdict.missing));
    policy::Trace trace;
    static_cast<void>(decide(rule, asked, trace));
    for (const policy::Step& step : trace.steps()) {
      record.steps.push_back(
          {std::string(step.clause), std::string(step.question),
           step.answer == policy::Step::Answer::yes  ? "yes"
           : step.answer == policy::Step::Answer::no ? "no"
                                                     : "unknown",
           step.connector == policy::no_connector ? "" : rule.connector(step.connector).name});
    }
    return record;
  }

  [[nodiscard]] Fate class_of(bool awaits, bool enforced, bool vouched) const noexcept {
    if (awaits) return Fate::awaits_message;
    return enforced && !vouched && protects() ? Fate::protected_ : Fate::passes;
  }

  // Recipients whose outcomes may differ can't share a message.
  bool admit(Fate fate) noexcept {
    if (!taken.empty() && taken.front().fate != fate) return false;
    return true;
  }

  static Author author_of(const message::HeaderBlock& header) {
    Author author;
    for (const std::size_t index : header.all("From")) {
      ++author.fields;
      for (const message::Mailbox& each :
           message::parse_address_list(message::unfold(header.fields()[index].body), 100)) {
        if (author.addresses++ == 0) author.address = each.address.text;
        author.domains.push_back(each.address.domain);
      }
    }
    return author;
  }

  // The author's domain, where there is one author and a tenant of ours owns it.
  [[nodiscard]] std::string_view own_author(const Author& author, std::uint32_t tenant) const {
    if (author.fields != 1 || author.addresses != 1) return {};
    const std::string& domain = author.domains.front();
    return !domain.empty() && judge->policy().owner_of(domain) == tenant ? domain
                                                                         : std::string_view{};
  }

  // A sealer on the list saw the message authenticated as the tenant's. That the chain holds says
  // only that nobody lied since; what the sealer saw may have been forged already.
  [[nodiscard]] Finding trusted_sealer(const MessageAuthentication& results,
                                       std::uint32_t tenant) const {
    if (settings().trusted_arc_sealers.empty()) return Finding::no;
    if (results.arc.result == auth::ArcResult::temp_error) return Finding::unknown;
    const auth::ArcSet* set = results.arc.outermost();
    if (!results.arc.trusted || set == nullptr) return Finding::no;
    const auto seen = message::parse_authentication_results(set->authentication_results);
    const auto ours = [&](std::string_view value) {
      const std::string_view domain =
          value.find('@') == std::string_view::npos ? value : domain_of_address(value);
      const auto normal = normalise_domain(domain);
      return normal && judge->policy().owner_of(*normal) == tenant;
    };
    for (const message::MethodResult& each : seen.methods) {
      if (each.result != message::AuthResult::pass) continue;
      if ((each.method == "dmarc" && ours(each.property("header.from"))) ||
          (each.method == "dkim" &&
           (ours(each.property("header.d")) || ours(each.property("header.i")))) ||
          (each.method == "spf" && ours(each.property("smtp.mailfrom")))) {
        return Finding::yes;
      }
    }
    return Finding::no;
  }

  struct Exception {
    Finding finding = Finding::no;
    std::string_view name;
  };
  [[nodiscard]] Exception exception_for(const Author& author, std::uint32_t tenant,
                                        const MessageAuthentication* results) const {
    if (!has_exceptions()) return {};
    if (results == nullptr) return {Finding::unknown, ""};
    Exception found;
    const auto consider = [&found](Finding finding, std::string_view name) {
      if (finding > Finding::no && found.finding != Finding::yes) found = {finding, name};
    };
    const std::string_view own = own_author(author, tenant);
    if (settings().allow_aligned_dkim && !own.empty()) {
      consider(aligned_dkim(*results, own), "aligned_dkim");
    }
    if (settings().allow_dmarc_pass && !own.empty()) {
      consider(dmarc_pass(*results, own), "dmarc_pass");
    }
    consider(trusted_sealer(*results, tenant), "trusted_arc_sealer");
    return found;
  }

  [[nodiscard]] bool has_own_author(const Author& author) const {
    return std::any_of(author.domains.begin(), author.domains.end(), [&](const std::string& d) {
      return !d.empty() && judge->policy().owner_of(d) != policy::no_tenant;
    });
  }

  // Whether a header From at an own domain is forged, as far as can be told. With several authors,
  // each own one needs its proof.
  [[nodiscard]] Finding forged_author(const Author& author,
                                      const MessageAuthentication* results) const {
    Finding worst = Finding::no;
    for (const std::string& domain : author.domains) {
      if (domain.empty()) continue;
      const std::uint32_t owner = judge->policy().owner_of(domain);
      if (owner == policy::no_tenant) continue;
      if (results == nullptr) {
        worst = std::max(worst, Finding::unknown);
        continue;
      }
      const std::array proofs = {aligned_dkim(*results, domain), aligned_spf(*results, domain),
                                 dmarc_pass(*results, domain), trusted_sealer(*results, owner)};
      const Finding best =
          std::find(proofs.begin(), proofs.end(), Finding::yes) != proofs.end() ? Finding::yes
          : std::find(proofs.begin(), proofs.end(), Finding::unknown) != proofs.end()
              ? Finding::unknown
              : Finding::no;
      if (best == Finding::no) return Finding::yes;
      if (best == Finding::unknown) worst = Finding::unknown;
    }
    return worst;
  }

  // The tenant's connector says that mail on it carries the organisation's own headers (hybrid).
  [[nodiscard]] bool may_carry_organization_headers() const {
    return !taken.empty() && std::all_of(taken.begin(), taken.end(), [&](const Taken& each) {
      return each.verdict.connector != policy::no_connector &&
             is_vouched_for(each.verdict.reason) &&
             judge->policy().connector(each.verdict.connector).cloud_services_mail_enabled;
    });
  }

  [[nodiscard]] std::vector<HeaderEdit> edits_of(const message::HeaderBlock& header,
                                                 const MessageAuthentication* results) const {
    std::vector<HeaderEdit> edits;
    const bool strip = settings().strip_organization_headers && !may_carry_organization_headers();
    const std::string& own = settings().authserv_id;
    std::map<std::string, unsigned> seen;
    for (std::size_t i = 0; i < header.fields().size(); ++i) {
      const message::Field& field = header.fields()[i];
      const bool organization = istarts_with(field.name, "X-MS-Exchange-Organization-") ||
                                istarts_with(field.name, "X-MS-Exchange-CrossTenant-") ||
                                istarts_with(field.name, "X-MS-Exchange-Forest-");
      const bool results_field = iequals(field.name, "Authentication-Results");
      if (!organization && !results_field) continue;
      const unsigned occurrence = ++seen[to_lower(field.name)];
      const bool forged = results_field && auth::forges_us(field.body, own);
      if ((organization && strip) || forged) {
        edits.push_back({HeaderEdit::Kind::remove, std::string(field.name), occurrence, i, {}});
      }
    }
    if (results != nullptr && !own.empty()) {
      edits.push_back({HeaderEdit::Kind::prepend, "Authentication-Results", 0, 0,
                       authentication_results_value(own, *results)});
    }
    return edits;
  }

  MessageAnswer refuse_message(Action action, smtp::Reply with, std::string_view why) {
    return {action, std::move(with), {}, why};
  }

  // A protection's finding, written down for every recipient that it concerns.
  void write_protection(std::string_view reason, Outcome outcome, const smtp::Reply& with,
                        const Author& author, const std::string& message_id, bool observed) {
    for (const Taken& each : taken) {
      if (!each.judged || is_vouched_for(each.verdict.reason) || each.observed() != observed) {
        continue;
      }
      Record& record = write(outcome, each.rules, each.address, rule_of(each.rules.mode),
                             recipient_submission(each), each.verdict);
      record.stage = Stage::data;
      record.reason = reason;
      record.reply = with.line();
      complete(record, author, message_id);
    }
  }

  static void complete(Record& record, const Author& author, const std::string& message_id) {
    record.header_known = true;
    record.header_from = author.address;
    record.message_id = message_id;
  }

  [[nodiscard]] const policy::Policy& rule_of(Mode mode) const noexcept {
    return mode == Mode::tenant ? judge->policy_ : judge->enforced_;
  }
  [[nodiscard]] policy::Submission recipient_submission(const Taken& each) const {
    policy::Submission asked = submission;
    asked.recipient_domain = each.domain;
    return asked;
  }

  std::shared_ptr<const Judge> judge;
  const SessionFacts& session;
  Sender sender;
  UnixTime now;
  std::string transaction;
  policy::Submission submission;
  std::vector<std::string_view> alternative_names;
  std::vector<Taken> taken;
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
  const Judge& judge = *s.judge;
  // RFC 5321, 4.1.1.3: <postmaster> needs no domain.
  const bool has_domain = address.text.find('@') != std::string::npos;
  const std::string_view domain = has_domain ? address.domain : judge.default_domain_;
  Judge::Rules rules = judge.rules_for(domain);
  State::Taken next;
  next.address = address;
  next.domain = domain;
  const bool foreign = rules.tenant == policy::no_tenant;
  const bool judged = foreign ? s.session.door == Door::smtp &&
                                    s.settings().foreign_recipients == ForeignRecipients::refuse
                              : rules.mode != Mode::off;
  // To become an open relay is nothing to observe.
  if (foreign && judged) rules = {Mode::enforce, Stage::rcpt, policy::no_tenant};
  next.rules = rules;

  smtp::Reply refusal;
  Record* record = nullptr;
  RecipientAnswer answer;
  if (judged) {
    next.judged = !foreign;
    s.submission.recipient_domain = domain;
    const policy::Policy& rule = s.rule_of(rules.mode);
    next.verdict = decide(rule, s.submission);
    const policy::Submission asked = s.as_hidden_names(rule, next.verdict);
    answer.reason = next.verdict.reason;
    if (next.verdict.action == policy::Action::undetermined) {
      const bool accepts =
          rules.mode == Mode::observe || s.settings().undetermined == Undetermined::accept;
      record = &s.write(Outcome::undetermined, rules, address, rule, asked, next.verdict);
      if (!accepts && s.settings().undetermined == Undetermined::defer) {
        answer.action = Action::defer;
        answer.reply =
            s.reply(451, "4.7.0", fmt::format("Can't be judged without: {}", record->missing));
      } else if (!accepts) {
        answer.action = Action::refuse;
        answer.reply = s.reply_for(Reason::direct_send_rejected);
        record->outcome = Outcome::refused;
      }
      if (!accepts) record->reply = answer.reply.line();
      if (!accepts) return answer;
    } else if (next.verdict.action == policy::Action::reject) {
      refusal = s.reply_for(next.verdict.reason);
      const bool waits = rules.stage == Stage::data;
      const bool observed = rules.mode == Mode::observe;
      if (!waits && !observed) {
        answer.action = Action::refuse;
        answer.reply = refusal;
        s.write(Outcome::refused, rules, address, rule, asked, next.verdict).reply = refusal.line();
        return answer;
      }
      next.fate = s.class_of(waits && !observed, !observed, false);
      if (!s.admit(next.fate)) {
        answer = {Action::defer,
                  {452, "4.5.3", "That recipient needs a message of its own"},
                  next.verdict.reason,
                  true};
        return answer;
      }
      record = &s.write(observed ? Outcome::would_refuse : Outcome::refused, rules, address, rule,
                        asked, next.verdict);
      record->reply = refusal.line();
      record->stage = rules.stage;
    }
  }
  if (refusal.code == 0) {
    next.fate = s.class_of(false, next.judged && rules.mode != Mode::observe,
                           is_vouched_for(next.verdict.reason));
    if (!s.admit(next.fate)) {
      if (record != nullptr) s.records.pop_back();
      return {Action::defer,
              {452, "4.5.3", "That recipient needs a message of its own"},
              next.verdict.reason,
              true};
    }
  }
  if (record != nullptr) next.record = s.records.size();
  s.taken.push_back(std::move(next));
  return answer;
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
    return (refused && each.rules.stage == Stage::data && s.has_exceptions()) ||
           (s.settings().refuse_own_header_from && each.judged &&
            !is_vouched_for(each.verdict.reason));
  });
}

bool Hearing::needs_authentication(const message::HeaderBlock& header) const {
  const State& s = *state_;
  if (!needs_authentication()) return false;
  if (s.settings().authenticate_all || s.has_own_author(State::author_of(header))) return true;
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
  const State::Author author = State::author_of(header);
  const std::string message_id = without_brackets(header.text("Message-ID"));
  for (Record& record : s.records)
    State::complete(record, author, message_id);

  // The rule's own refusals, and who is excepted from them.
  MessageAnswer answer;
  for (const State::Taken& each : s.taken) {
    if (each.record == 0 || each.verdict.action != policy::Action::reject) continue;
    if (each.rules.stage != Stage::data) continue;
    Record& record = s.records[each.record - 1];
    State::Exception exception;
    if (each.verdict.reason == Reason::direct_send_rejected) {
      exception = s.exception_for(author, each.rules.tenant, results);
    }
    if (exception.finding == Finding::yes) {
      record.outcome = Outcome::exception;
      record.exception = exception.name;
      continue;
    }
    if (exception.finding == Finding::unknown) {
      record.outcome = Outcome::undetermined;
      record.missing = "authentication of the message";
    }
    if (each.observed() || answer.action == Action::refuse) continue;
    if (exception.finding == Finding::unknown) {
      answer = s.refuse_message(Action::defer,
                                s.reply(451, "4.7.0", "The message can't be authenticated for now"),
                                "undetermined");
      record.reply = answer.reply.line();
    } else {
      answer = s.refuse_message(Action::refuse, s.reply_for(each.verdict.reason),
                                policy::name_of(each.verdict.reason));
    }
  }
  if (answer.action != Action::accept) {
    // One message, one reply: an exception for some of its recipients went down with the rest.
    for (const State::Taken& each : s.taken) {
      if (each.record == 0 || each.observed()) continue;
      Record& record = s.records[each.record - 1];
      if (record.outcome == Outcome::exception) record.outcome = Outcome::refused;
    }
    return answer;
  }

  const bool concerns_any = std::any_of(s.taken.begin(), s.taken.end(), [](const auto& each) {
    return each.judged && !is_vouched_for(each.verdict.reason);
  });
  if (concerns_any && s.protects()) {
    Finding finding = Finding::no;
    std::string_view why;
    smtp::Reply refusal;
    if (s.settings().refuse_multiple_from && (author.fields > 1 || author.addresses > 1)) {
      finding = Finding::yes;
      why = multiple_from;
      refusal = s.reply(550, "5.7.1", "More than one author in the header From");
    } else if (s.settings().refuse_own_header_from) {
      finding = s.forged_author(author, results);
      why = own_header_from;
      refusal = finding == Finding::unknown
                    ? s.reply(451, "4.7.0", "The message can't be authenticated for now")
                    : s.reply(550, "5.7.1",
                              "The header From is at a domain of this organization, and nothing "
                              "authenticates it");
    }
    if (finding != Finding::no) {
      const bool unknown = finding == Finding::unknown;
      s.write_protection(why, unknown ? Outcome::undetermined : Outcome::refused, refusal, author,
                         message_id, false);
      s.write_protection(why, unknown ? Outcome::undetermined : Outcome::would_refuse, refusal,
                         author, message_id, true);
      const bool enforced = std::any_of(s.taken.begin(), s.taken.end(), [](const auto& each) {
        return each.judged && !each.observed() && !is_vouched_for(each.verdict.reason);
      });
      if (enforced) {
        return s.refuse_message(unknown ? Action::defer : Action::refuse, std::move(refusal), why);
      }
    }
  }
  answer.edits = s.edits_of(header, results);
  return answer;
}

std::vector<Record> Hearing::take_records() {
  State& s = *state_;
  if (!s.over) {
    // Nobody was refused what the client gave up before it was judged.
    for (const State::Taken& each : s.taken) {
      if (each.fate == Fate::awaits_message && each.record != 0) {
        s.records[each.record - 1].reason.clear();
      }
    }
    std::erase_if(s.records, [](const Record& record) { return record.reason.empty(); });
  }
  s.taken.clear();
  return std::exchange(s.records, {});
}

}  // namespace postern::gate
