#include "judge/recording.hpp"

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace postern::judge {
namespace {

std::string_view word_of(policy::Step::Answer answer) noexcept {
  return answer == policy::Step::Answer::yes  ? "yes"
         : answer == policy::Step::Answer::no ? "no"
                                              : "unknown";
}

std::string connector_name(const policy::Policy& rule, std::uint32_t connector) {
  return connector == policy::no_connector ? std::string{} : rule.connector(connector).name;
}

}  // namespace

ledger::Record record_of(const Judge& judge, const Judge::Rules& rules, const policy::Policy& rule,
                         const policy::Submission& asked, const policy::Verdict& verdict) {
  ledger::Record record;
  record.mode = rules.mode;
  record.stage = Stage::rcpt;
  if (rules.tenant != policy::no_tenant) record.tenant = judge.policy().tenant_name(rules.tenant);
  record.reason = policy::name_of(verdict.reason);
  record.connector = connector_name(rule, verdict.connector);
  record.missing.facts = verdict.missing;
  record.judged_as = asked.reverse_path.domain;
  policy::Trace trace;
  static_cast<void>(decide(rule, asked, trace));
  for (const policy::Step& step : trace.steps()) {
    record.steps.push_back({std::string(step.clause), std::string(step.question),
                            std::string(word_of(step.answer)),
                            connector_name(rule, step.connector)});
  }
  return record;
}

ledger::RecordStep step_of_reading(std::string_view domain) {
  return {"sender.read_as",
          fmt::format("Is the sender read as one at {}, as a next hop may read it?", domain),
          "yes",
          {}};
}

ledger::RecordStep step_of_recipient_reading(std::string_view domain) {
  return {"recipient.read_as",
          fmt::format("Is the recipient read as one at {}, as a next hop may read it?",
                      domain.empty() ? "an address literal" : domain),
          "yes",
          {}};
}

void set_session(ledger::Record& record, const SessionFacts& session, const Sender& sender) {
  record.door = session.door == Door::smtp ? "smtp" : "milter";
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
}

}  // namespace postern::judge
