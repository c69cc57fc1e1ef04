#include "tenant/write.hpp"

#include <cstddef>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "tenant/keys.hpp"

namespace postern::tenant {
namespace {

template <class T>
std::string lines_of(const std::vector<Key<T>>& keys, const T& value) {
  std::string out;
  for (const Key<T>& key : keys) {
    if (const auto text = key.write(value)) out += fmt::format("{} = {}\n", key.name, *text);
  }
  return out;
}

template <class T>
void append_tables(std::string& out, std::string_view part, const std::vector<Key<T>>& keys,
                   const std::vector<T>& values) {
  for (const T& value : values)
    out += fmt::format("\n[[{}]]\n{}", part, lines_of(keys, value));
}

template <class T>
void describe(std::string& out, std::string_view title, std::string_view intro,
              const std::vector<Key<T>>& keys) {
  out += fmt::format("\n## {}\n\n{}\n\n| key | value | default | meaning |\n|---|---|---|---|\n",
                     title, intro);
  for (const Key<T>& key : keys) {
    out += fmt::format("| `{}` | {} | {} | {} |\n", key.name, key.type, key.default_value,
                       key.meaning);
  }
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
    out.push_back(fmt::format(
        "{} other settings of Get-OrganizationConfig and Get-TransportConfig, which only "
        "controls of your own can ask for",
        settings));
  }
  for (const auto& [domain, records] : configuration.dns.value) {
    bool accepted = false;
    for (const auto& known : configuration.tenant.accepted_domains) {
      accepted = accepted || known.name == domain;
    }
    if (!accepted) out.push_back(fmt::format("DNS records of {}, no accepted domain", domain));
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
  FileHead head{configuration.tenant, configuration.exported_at,
                configuration.organization_config_known};
  out += "\n" + lines_of(head_keys(), head);
  const std::string choices = lines_of(choice_keys(), configuration.tenant.choices);
  if (!choices.empty()) out += "\n[choices]\n" + choices;
  std::vector<DomainEntry> domains;
  for (const auto& domain : configuration.tenant.accepted_domains) {
    DomainEntry entry{domain, {}, false};
    const auto records = configuration.dns.value.find(domain.name);
    if (records != configuration.dns.value.end()) entry.records = records->second;
    domains.push_back(std::move(entry));
  }
  append_tables(out, "accepted_domain", domain_keys(), domains);
  append_tables(out, "inbound_connector", connector_keys(),
                configuration.tenant.inbound_connectors);
  if (configuration.transport_config.known) {
    out += "\n[transport_config]\n" +
           lines_of(transport_config_keys(), configuration.transport_config.value);
  }
  append_tables(out, "transport_rule", transport_rule_keys(), configuration.transport_rules.value);
  append_tables(out, "connection_filter", connection_filter_keys(),
                configuration.connection_filters.value);
  append_tables(out, "content_filter", content_filter_keys(), configuration.content_filters.value);
  return out;
}

std::vector<ChoiceInForce> choices_in_force(const policy::Choices& choices) {
  std::vector<ChoiceInForce> out;
  for (const Key<policy::Choices>& key : choice_keys()) {
    const auto text = key.write(choices);
    out.push_back(
        {std::string(key.name), text ? *text : std::string(key.default_value), text.has_value()});
  }
  return out;
}

std::string describe_keys() {
  std::string out =
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
  describe(out, "Head of the file", "Before the first table.", head_keys());
  describe(out, "[choices]",
           "What Microsoft's documents leave open. Each verdict that hangs on one of these says "
           "so.",
           choice_keys());
  describe(out, "[[accepted_domain]]", "One for each accepted domain.", domain_keys());
  describe(out, "[[inbound_connector]]",
           "One for each inbound connector. The names are Exchange's, in lower case.",
           connector_keys());
  describe(out, "[transport_config]", "Get-TransportConfig, as far as the audit looks at it.",
           transport_config_keys());
  describe(out, "[[transport_rule]]", "Get-TransportRule, as far as the audit looks at it.",
           transport_rule_keys());
  describe(out, "[[connection_filter]]", "Get-HostedConnectionFilterPolicy.",
           connection_filter_keys());
  describe(out, "[[content_filter]]", "Get-HostedContentFilterPolicy.", content_filter_keys());
  return out;
}

}  // namespace postern::tenant
