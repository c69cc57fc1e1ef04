#include "tenant/cmdlet.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"

namespace postern::tenant {
namespace {

using policy::ConnectorType;
using policy::InboundConnector;

std::vector<std::string> sender_domains(const InboundConnector& connector) {
  std::vector<std::string> out;
  for (const policy::SenderDomain& domain : connector.sender_domains)
    out.push_back(domain.text());
  return out;
}

std::vector<std::string> addresses(const InboundConnector& connector) {
  std::vector<std::string> out;
  for (const Prefix& prefix : connector.sender_ip_addresses)
    out.push_back(prefix.text());
  return out;
}

// Values that PowerShell takes as they are: words of an enumeration, addresses, the lone star.
bool stands_bare(std::string_view parameter, std::string_view value) {
  if (parameter == "ConnectorType") return true;
  if (parameter == "SenderDomains") return value == "*";
  return parameter == "SenderIPAddresses" && !value.empty() &&
         value.find_first_not_of("0123456789./") == std::string_view::npos;
}

// The single quotes of PowerShell in UTF-8: ' and E2 80 98 to E2 80 9B.
std::size_t quote_at(std::string_view text, std::size_t at) {
  if (text[at] == '\'') return 1;
  return text.substr(at, 2) == "\xE2\x80" && at + 2 < text.size() &&
                 static_cast<unsigned char>(text[at + 2]) >= 0x98 &&
                 static_cast<unsigned char>(text[at + 2]) <= 0x9B
             ? 3
             : 0;
}

Result<std::string> quoted(std::string_view parameter, std::string_view value) {
  const bool has_control = std::any_of(value.begin(), value.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  // U+0085, U+2028 and U+2029 end a line too; printable() leaves the latter two alone.
  const bool ends_line = value.find("\xE2\x80\xA8") != std::string_view::npos ||
                         value.find("\xE2\x80\xA9") != std::string_view::npos;
  if (has_control || ends_line || printable(value) != value) {
    return fail(fmt::format("-{} holds a control character or is no UTF-8: '{}'", parameter,
                            printable(value)),
                "", "change the value in the tenant first");
  }
  if (stands_bare(parameter, value)) return std::string(value);
  std::string out = "'";
  for (std::size_t i = 0; i < value.size();) {
    const std::size_t quote = quote_at(value, i);
    const std::size_t length = quote == 0 ? 1 : quote;
    out += value.substr(i, length);
    if (quote != 0) out += value.substr(i, length);
    i += length;
  }
  return out + "'";
}

void add_text(Cmdlet& out, const char* name, const std::string& value) {
  if (!value.empty()) out.parameters.emplace_back(name, value);
}
void add_list(Cmdlet& out, const char* name, std::vector<std::string> value) {
  if (!value.empty()) out.parameters.emplace_back(name, std::move(value));
}
void add_flag(Cmdlet& out, const char* name, bool value) {
  if (value) out.parameters.emplace_back(name, true);
}

}  // namespace

Cmdlet new_inbound_connector(const InboundConnector& c) {
  Cmdlet out{"New-InboundConnector", {}};
  const bool partner = c.type == ConnectorType::partner;
  out.parameters.emplace_back("Name", c.name);
  out.parameters.emplace_back("ConnectorType", std::string(policy::name_of(c.type)));
  out.parameters.emplace_back("SenderDomains", sender_domains(c));
  add_flag(out, "RestrictDomainsToIPAddresses", c.restrict_domains_to_ip_addresses);
  add_flag(out, "RestrictDomainsToCertificate", c.restrict_domains_to_certificate);
  add_list(out, "SenderIPAddresses", addresses(c));
  add_text(out, "TlsSenderCertificateName", c.tls_sender_certificate_name);
  out.parameters.emplace_back("RequireTls", partner && c.require_tls);
  add_list(out, "AssociatedAcceptedDomains", c.associated_accepted_domains);
  add_flag(out, "CloudServicesMailEnabled", c.cloud_services_mail_enabled);
  add_flag(out, "TreatMessagesAsInternal", c.treat_messages_as_internal);
  add_list(out, "TrustedOrganizations", c.trusted_organizations);
  add_list(out, "EFSkipIPs", c.ef_skip_ips);
  add_flag(out, "EFSkipLastIP", c.ef_skip_last_ip);
  add_text(out, "Comment", c.comment);
  if (!c.enabled) out.parameters.emplace_back("Enabled", false);
  return out;
}

Cmdlet set_inbound_connector(const InboundConnector& before, const InboundConnector& after) {
  Cmdlet out{"Set-InboundConnector", {}};
  out.parameters.emplace_back("Identity", before.name);
  const auto change = [&](const char* name, const auto& old_value, const auto& value) {
    if (old_value != value) out.parameters.emplace_back(name, CmdletValue(value));
  };
  change("Name", before.name, after.name);
  change("ConnectorType", std::string(policy::name_of(before.type)),
         std::string(policy::name_of(after.type)));
  change("SenderDomains", sender_domains(before), sender_domains(after));
  change("RestrictDomainsToIPAddresses", before.restrict_domains_to_ip_addresses,
         after.restrict_domains_to_ip_addresses);
  change("RestrictDomainsToCertificate", before.restrict_domains_to_certificate,
         after.restrict_domains_to_certificate);
  change("SenderIPAddresses", addresses(before), addresses(after));
  change("TlsSenderCertificateName", before.tls_sender_certificate_name,
         after.tls_sender_certificate_name);
  change("RequireTls", before.require_tls, after.require_tls);
  change("AssociatedAcceptedDomains", before.associated_accepted_domains,
         after.associated_accepted_domains);
  change("CloudServicesMailEnabled", before.cloud_services_mail_enabled,
         after.cloud_services_mail_enabled);
  change("TreatMessagesAsInternal", before.treat_messages_as_internal,
         after.treat_messages_as_internal);
  change("EFSkipIPs", before.ef_skip_ips, after.ef_skip_ips);
  change("EFSkipLastIP", before.ef_skip_last_ip, after.ef_skip_last_ip);
  change("Comment", before.comment, after.comment);
  change("Enabled", before.enabled, after.enabled);
  return out;
}

Cmdlet remove_inbound_connector(std::string_view name) {
  return {"Remove-InboundConnector", {{"Identity", std::string(name)}, {"Confirm", false}}};
}

Cmdlet set_reject_direct_send(bool on) {
  return {"Set-OrganizationConfig", {{"RejectDirectSend", on}}};
}

std::string json_parameters(const Cmdlet& cmdlet) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  for (const auto& [name, value] : cmdlet.parameters)
    std::visit([&, key = name](const auto& v) { out[key] = v; }, value);
  return out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<std::string> powershell(const Cmdlet& cmdlet) {
  std::string out = cmdlet.name;
  for (const auto& [name, value] : cmdlet.parameters) {
    if (const bool* flag = std::get_if<bool>(&value)) {
      // A switch takes its value after a colon; for -Name:$false and a Boolean alike that binds.
      out += name == "Confirm" ? fmt::format(" -{}:{}", name, *flag ? "$true" : "$false")
                               : fmt::format(" -{} {}", name, *flag ? "$true" : "$false");
      continue;
    }
    const std::vector<std::string> one =
        std::holds_alternative<std::string>(value)
            ? std::vector<std::string>{std::get<std::string>(value)}
            : std::get<std::vector<std::string>>(value);
    out += fmt::format(" -{} ", name);
    if (one.empty()) out += "@()";
    for (std::size_t i = 0; i < one.size(); ++i) {
      const auto text = quoted(name, one[i]);
      if (!text) return tl::unexpected(text.error());
      out += (i == 0 ? "" : ",") + *text;
    }
  }
  return out;
}

}  // namespace postern::tenant
