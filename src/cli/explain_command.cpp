// postern explain TENANT --ip … --mail-from …: one decision, step by step.
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "base/join.hpp"
#include "cli/command.hpp"
#include "cli/policy_source.hpp"
#include "report/explain_report.hpp"
#include "tenant/write.hpp"

namespace postern::cli {
namespace {

using policy::ClientCertificate;
using policy::Known;
using policy::ObservedAttribution;
using policy::ReversePath;

struct ExplainArguments {
  std::string tenant;
  LiveOptions live;
  std::string ip;
  std::string mail_from;
  std::string rcpt_to;
  std::string tls;
  std::string auth = "no";
  std::vector<std::string> certificate;
  std::string observed;
  bool acs = false;
  std::string what_if;
  OutputOptions output;
};

/// Text that the submission's views point to.
struct Texts {
  std::string sender;
  std::string recipient;
  std::vector<std::string> names;
  std::vector<std::string_view> alternative_names;
};

using Given = std::vector<std::pair<std::string, std::string>>;

Result<std::string> domain_of(const std::string& address, const char* option) {
  const std::string_view trimmed = trim(address);
  std::string_view inner = trimmed;
  if (inner.starts_with('<') && inner.ends_with('>')) inner = inner.substr(1, inner.size() - 2);
  const std::string_view domain = domain_of_address(inner);
  auto normal = normalise_domain(domain.empty() ? inner : domain);
  if (!normal) {
    return fail(fmt::format("'{}' is no mail address", printable(address)), option,
                "write it like ann@contoso.com");
  }
  return normal;
}

Known known(const std::string& word) {
  return word == "yes" ? Known::yes : word == "no" ? Known::no : Known::unknown;
}

Result<void> take_envelope(const ExplainArguments& a, policy::Submission& s, Texts& texts,
                           Given& given) {
  if (a.mail_from.empty()) {
    given.emplace_back("mail from", "not known");
  } else if (a.mail_from == "<>") {
    s.reverse_path.state = ReversePath::State::null;
    given.emplace_back("mail from", "<>");
  } else {
    auto domain = domain_of(a.mail_from, "--mail-from");
    if (!domain) return tl::unexpected(domain.error());
    texts.sender = std::move(*domain);
    s.reverse_path = {ReversePath::State::address, texts.sender};
    given.emplace_back("mail from", a.mail_from);
  }
  if (a.rcpt_to.empty()) {
    given.emplace_back("rcpt to", "not known");
    return {};
  }
  auto domain = domain_of(a.rcpt_to, "--rcpt-to");
  if (!domain) return tl::unexpected(domain.error());
  texts.recipient = std::move(*domain);
  s.recipient_domain = texts.recipient;
  given.emplace_back("rcpt to", a.rcpt_to);
  return {};
}

Result<void> take_session(const ExplainArguments& a, policy::Submission& s, Texts& texts,
                          Given& given) {
  if (!a.ip.empty()) {
    s.client_ip = IpAddress::parse(a.ip);
    if (!s.client_ip) {
      return fail(fmt::format("'{}' is no IP address", printable(a.ip)), "--ip",
                  "write it like 203.0.113.7");
    }
  }
  given.emplace_back("client", s.client_ip ? s.client_ip->text() : "not known");
  s.authenticated = known(a.auth);
  given.emplace_back("signed in", a.auth);
  s.tls = known(a.tls);
  given.emplace_back("TLS", a.tls.empty() ? "not known" : a.tls);
  if (a.certificate.empty()) {
    given.emplace_back("certificate", "not known");
  } else if (a.certificate.front() == "none") {
    s.certificate.state = ClientCertificate::State::none;
    given.emplace_back("certificate", "none");
  } else {
    std::string shown;
    for (const std::string& raw : a.certificate) {
      auto name = policy::parse_certificate_name(raw);
      if (!name || name->empty()) {
        return fail(fmt::format("'{}' is no certificate name", printable(raw)), "--certificate",
                    "write it like mail.contoso.com, or none");
      }
      append_item(shown, *name);
      texts.names.push_back(std::move(*name));
    }
    for (std::size_t i = 1; i < texts.names.size(); ++i) {
      texts.alternative_names.emplace_back(texts.names[i]);
    }
    s.certificate.state = ClientCertificate::State::presented;
    s.certificate.subject = texts.names.front();
    s.certificate.subject_alternative_names = texts.alternative_names;
    given.emplace_back("certificate", shown);
  }
  if (!a.observed.empty()) {
    const bool is_default = a.observed == "default";
    s.observed.state = is_default ? ObservedAttribution::State::default_connector
                                  : ObservedAttribution::State::connector;
    s.observed.connector = a.observed;
    given.emplace_back("recorded", is_default ? "default connector" : a.observed);
  }
  s.azure_communication_services = a.acs;
  if (a.acs) given.emplace_back("service", "Azure Communication Services");
  return {};
}

int run(const ExplainArguments& a, const Environment& environment) {
  const auto tenant = load_tenant(a.tenant, a.live);
  if (!tenant) return report_error(tenant.error());
  policy::Submission submission;
  Texts texts;
  report::Explanation explanation;
  if (auto taken = take_session(a, submission, texts, explanation.given); !taken) {
    return report_error(taken.error());
  }
  if (auto taken = take_envelope(a, submission, texts, explanation.given); !taken) {
    return report_error(taken.error());
  }
  policy::Policy policy = tenant->policy;
  explanation.tenant = tenant->configuration.tenant.name;
  explanation.reject_direct_send = policy::name_of(tenant->configuration.tenant.reject_direct_send);
  if (!a.what_if.empty()) {
    explanation.what_if = a.what_if == "on";
    policy = policy.with_reject_direct_send(*explanation.what_if);
  }
  for (const tenant::ChoiceInForce& choice :
       tenant::choices_in_force(tenant->configuration.tenant.choices)) {
    explanation.choices.push_back({choice.key, choice.value, choice.changed});
  }
  explanation.verdict = decide(policy, submission, explanation.trace);

  const report::ExplainDocument document{explanation, policy};
  if (const auto written = write_rendered(a.output, environment, document); !written) {
    return report_error(written.error());
  }
  switch (explanation.verdict.action) {
    case policy::Action::accept:
      return holds;
    case policy::Action::reject:
      return does_not_hold;
    case policy::Action::undetermined:
      break;
  }
  return not_determined;
}

}  // namespace

void add_explain_command(CLI::App& app, const Environment& environment, int& exit_code) {
  auto* command = app.add_subcommand("explain", "One decision, step by step.");
  auto a = std::make_shared<ExplainArguments>();
  const auto yes_no = CLI::IsMember({"yes", "no", "unknown"});
  command->add_option("TENANT", a->tenant, tenant_argument)->required();
  command->add_option("--ip", a->ip, "Address of the client");
  command->add_option("--mail-from", a->mail_from, "Envelope sender; '<>' for a bounce");
  command->add_option("--rcpt-to", a->rcpt_to, "Envelope recipient");
  command->add_option("--tls", a->tls, "Whether the session used TLS")->check(yes_no);
  command->add_option("--auth", a->auth, "Whether the client signed in")
      ->check(yes_no)
      ->capture_default_str();
  command
      ->add_option("--certificate", a->certificate,
                   "Names of the client's trusted certificate, the subject first; or none")
      ->delimiter(',');
  command->add_option("--observed", a->observed,
                      "Connector that a trace recorded; 'default' for none");
  command->add_flag("--acs", a->acs, "It comes from Azure Communication Services");
  command->add_option("--what-if", a->what_if, "Decide as if RejectDirectSend were on or off")
      ->check(CLI::IsMember({"on", "off"}));
  add_live_options(*command, a->live);
  add_output_options<report::ExplainDocument>(*command, a->output);
  command->footer(
      "A fact that is not given is not known. Exit status: 0 accept, 1 reject, 2 wrong usage or "
      "bad input,\n3 undetermined.");
  command->callback([a, &environment, &exit_code] { exit_code = run(*a, environment); });
}

}  // namespace postern::cli
