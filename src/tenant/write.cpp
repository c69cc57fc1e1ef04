#include "tenant/write.hpp"

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/numbers.hpp"
#include "tenant/keys.hpp"

namespace postern::tenant {
namespace {

template <class T>
std::optional<T> if_known(const Section<T>& section) {
  return section.known ? std::optional(section.value) : std::nullopt;
}

TenantFile file_of(const Configuration& configuration) {
  TenantFile file;
  file.head = {configuration.tenant, configuration.exported_at,
               configuration.organization_config_known, configuration.assumed};
  for (const auto& domain : configuration.tenant.accepted_domains) {
    const auto records = configuration.dns.value.find(domain.name);
    file.accepted_domains.push_back(
        {domain, records == configuration.dns.value.end() ? DnsRecords{} : records->second});
  }
  file.transport_config = if_known(configuration.transport_config);
  file.transport_rules = if_known(configuration.transport_rules);
  file.connection_filters = if_known(configuration.connection_filters);
  file.content_filters = if_known(configuration.content_filters);
  return file;
}

}  // namespace

std::vector<std::string> not_representable(const Configuration& configuration) {
  std::vector<std::string> out;
  std::size_t settings = 0;
  for (const auto& [name, property] : configuration.properties) {
    if (name != "OrganizationConfig.RejectDirectSend" &&
        name != "TransportConfig.SmtpClientAuthenticationDisabled") {
      ++settings;
    }
  }
  if (settings > 0) {
    out.push_back(
        fmt::format("{} of Get-OrganizationConfig and Get-TransportConfig, which only "
                    "controls of your own can ask for",
                    counted(settings, "other setting")));
  }
  for (const auto& [domain, records] : configuration.dns.value) {
    bool accepted = false;
    for (const auto& known : configuration.tenant.accepted_domains) {
      accepted = accepted || known.name == domain;
    }
    // Of a top-level domain that has none there is nothing to keep.
    const bool nothing = domain.find('.') == std::string::npos && records.dmarc.values.empty();
    if (!accepted && !nothing)
      out.push_back(fmt::format("DNS records of {}, no accepted domain", domain));
  }
  const auto empty_list = [&](bool known, bool empty, std::string_view what) {
    if (known && empty) {
      out.push_back(fmt::format("that the list of {} was read and is empty", what));
    }
  };
  empty_list(configuration.transport_rules.known, configuration.transport_rules.value.empty(),
             "transport rules");
  empty_list(configuration.connection_filters.known, configuration.connection_filters.value.empty(),
             "connection filters");
  empty_list(configuration.content_filters.known, configuration.content_filters.value.empty(),
             "content filters");
  return out;
}

std::string to_toml(const Configuration& configuration) {
  std::string out =
      "# A tenant as Postern sees it; keys: docs/tenant-file.md, postern tenant keys.\n";
  for (const std::string& source : configuration.sources) {
    out += "# Made from: " + printable(source) + "\n";
  }
  for (const std::string& lost : not_representable(configuration)) {
    out += "# Not kept: " + printable(lost) + "\n";
  }
  return out + "\n" + tenant_layout().write(file_of(configuration));
}

std::vector<ChoiceInForce> choices_in_force(const policy::Choices& choices) {
  std::vector<ChoiceInForce> out;
  for (const auto& key : choice_keys()) {
    std::string value = key.access.write(choices).value_or("");
    const bool changed = value != settings_file::default_of(key);
    std::erase(value, '"');
    out.push_back({std::string(key.name), std::move(value), changed});
  }
  return out;
}

std::string describe_keys() {
  const std::string head =
      "# tenant.toml\n\n"
      "A tenant for people without Exchange exports, or a place to keep one. `postern tenant "
      "convert TENANT` writes it from any export; `postern tenant keys` prints this page, which "
      "follows from the table that reads the file.\n\n"
      "```toml\n"
      "name = \"contoso.com\"\n"
      "reject_direct_send = \"never set\"\n\n"
      "[[accepted_domain]]\n"
      "name = \"contoso.com\"\n"
      "default = true\n"
      "mx = [\"contoso-com.mail.protection.outlook.com\"]\n\n"
      "[[inbound_connector]]\n"
      "name = \"Scan relay\"\n"
      "type = \"OnPremises\"\n"
      "sender_domains = [\"*\"]\n"
      "sender_ip_addresses = [\"203.0.113.7\"]\n"
      "```\n";
  return head + tenant_layout().describe();
}

}  // namespace postern::tenant
