#include "cli/explain_options.hpp"

#include <cstddef>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "base/join.hpp"
#include "cli/policy_source.hpp"
#include "report/explain_report.hpp"

namespace postern::cli {
namespace {

using policy::ClientCertificate;
using policy::Known;
using policy::ObservedAttribution;
using policy::ReversePath;

std::string_view without_brackets(std::string_view address) noexcept {
  std::string_view inner = trim(address);
  if (inner.starts_with('<') && inner.ends_with('>')) inner = inner.substr(1, inner.size() - 2);
  return inner;
}

Result<std::string> domain_of(const std::string& address, const char* option) {
  const std::string_view inner = without_brackets(address);
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

Result<void> take_envelope(const ExplainArguments& a, ExplainedFacts& into) {
  policy::Submission& s = into.submission;
  auto& given = into.given;
  if (a.mail_from.empty()) {
    given.emplace_back("mail from", "not known");
  } else if (a.mail_from == "<>") {
    s.reverse_path.state = ReversePath::State::null;
    given.emplace_back("mail from", "<>");
  } else {
    auto domain = domain_of(a.mail_from, "--mail-from");
    if (!domain) return tl::unexpected(domain.error());
    into.sender = {std::string(without_brackets(a.mail_from)), std::move(*domain)};
    s.reverse_path = {ReversePath::State::address, into.sender.domain};
    given.emplace_back("mail from", a.mail_from);
  }
  if (a.rcpt_to.empty()) {
    given.emplace_back("rcpt to", "not known");
    return {};
  }
  auto domain = domain_of(a.rcpt_to, "--rcpt-to");
  if (!domain) return tl::unexpected(domain.error());
  into.recipient = std::move(*domain);
  s.recipient_domain = into.recipient;
  given.emplace_back("rcpt to", a.rcpt_to);
  return {};
}

Result<void> take_session(const ExplainArguments& a, ExplainedFacts& into) {
  policy::Submission& s = into.submission;
  auto& given = into.given;
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
      into.names.push_back(std::move(*name));
    }
    for (std::size_t i = 1; i < into.names.size(); ++i) {
      into.alternative_names.emplace_back(into.names[i]);
    }
    s.certificate.state = ClientCertificate::State::presented;
    s.certificate.subject = into.names.front();
    s.certificate.subject_alternative_names = into.alternative_names;
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

}  // namespace

void add_explain_options(CLI::App& command, ExplainArguments& arguments) {
  const auto yes_no = CLI::IsMember({"yes", "no", "unknown"});
  command.add_option("TENANT", arguments.tenant, tenant_argument)->required();
  command.add_option("--ip", arguments.ip, "Address of the client")->type_name("ADDRESS");
  command.add_option("--mail-from", arguments.mail_from, "Envelope sender; '<>' for a bounce")
      ->type_name("ADDRESS");
  command.add_option("--rcpt-to", arguments.rcpt_to, "Envelope recipient")->type_name("MAILBOX");
  command.add_option("--tls", arguments.tls, "Whether the session used TLS")->check(yes_no);
  command.add_option("--auth", arguments.auth, "Whether the client signed in")
      ->check(yes_no)
      ->capture_default_str();
  command
      .add_option("--certificate", arguments.certificate,
                  "Names of the client's trusted certificate, the subject first; or none")
      ->delimiter(',');
  command.add_option("--observed", arguments.observed,
                     "Connector that a trace recorded; 'default' for none");
  command.add_flag("--acs", arguments.acs, "It comes from Azure Communication Services");
  command
      .add_option("--what-if", arguments.what_if, "Decide as if RejectDirectSend were on or off")
      ->check(CLI::IsMember({"on", "off"}));
  add_live_options(command, arguments.live);
  add_output_options<report::ExplainDocument>(command, arguments.output);
  command.footer(
      "A fact that is not given is not known.\nExit status: 0 accept; 1 reject; 2 wrong usage or "
      "bad input; 3 undetermined.");
}

Result<std::unique_ptr<ExplainedFacts>> facts_of(const ExplainArguments& arguments) {
  auto facts = std::make_unique<ExplainedFacts>();
  if (auto taken = take_session(arguments, *facts); !taken) return tl::unexpected(taken.error());
  if (auto taken = take_envelope(arguments, *facts); !taken) return tl::unexpected(taken.error());
  return facts;
}

}  // namespace postern::cli
