#include "tenant/connector_properties.hpp"

#include <functional>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tenant/cmdlet.hpp"
#include "tenant/load.hpp"
#include "tenant/write.hpp"

namespace postern::tenant {
namespace {

using policy::ConnectorType;
using policy::InboundConnector;

// Every property other than its default. A property that is missing here fails the first test.
InboundConnector everything() {
  InboundConnector c;
  c.name = "All of it";
  c.type = ConnectorType::on_premises;
  c.enabled = false;
  c.sender_domains = {*policy::parse_sender_domain("smtp:*.fabrikam.com;7"),
                      *policy::parse_sender_domain("contoso.com")};
  c.sender_ip_addresses = {*Prefix::parse("203.0.113.9"), *Prefix::parse("198.51.100.64/26")};
  c.tls_sender_certificate_name = "*.contoso.com";
  c.require_tls = true;
  c.restrict_domains_to_ip_addresses = true;
  c.restrict_domains_to_certificate = true;
  c.associated_accepted_domains = {"contoso.com"};
  c.cloud_services_mail_enabled = true;
  c.treat_messages_as_internal = true;
  c.trusted_organizations = {"fabrikam.onmicrosoft.com"};
  c.ef_skip_ips = {"192.0.2.1-192.0.2.9"};
  c.ef_skip_last_ip = true;
  c.comment = "It's \"quoted\"";
  c.guid = "0b5b1d4e-3f0a-4d5a-9a53-0c1d2e3f4a5b";
  c.when_changed = parse_time("2026-10-01T08:00:00Z");
  return c;
}

InboundConnector with(const InboundConnector& base, const ConnectorProperty& property,
                      const InboundConnector& from) {
  InboundConnector out = base;
  EXPECT_TRUE(property.set(property.get(from), out)) << property.name;
  return out;
}

void expect_same(const InboundConnector& a, const InboundConnector& b, const std::string& how) {
  for (const ConnectorProperty& property : connector_properties())
    EXPECT_EQ(shown(canonical(property, a)), shown(canonical(property, b)))
        << how << ": " << property.name;
}

TEST(ConnectorProperties, EachIsAMemberOfItsOwn) {
  const InboundConnector usual;
  std::set<std::string_view> names, keys;
  for (const ConnectorProperty& property : connector_properties()) {
    EXPECT_TRUE(names.insert(property.name).second) << property.name;
    EXPECT_TRUE(keys.insert(property.key).second) << property.key;
    const InboundConnector changed = with(usual, property, everything());
    for (const ConnectorProperty& other : connector_properties()) {
      EXPECT_EQ(other.get(changed) != other.get(usual), other.name == property.name)
          << property.name << " changes " << other.name;
    }
  }
}

TEST(ConnectorProperties, GoThroughTomlUnchanged) {
  Configuration configuration;
  configuration.tenant.inbound_connectors = {everything()};
  configuration.inbound_connectors_read = true;
  const auto read = parse(to_toml(configuration), "t.toml");
  ASSERT_TRUE(read) << read.error().line() << to_toml(configuration);
  expect_same(read->tenant.inbound_connectors.at(0), everything(), "toml");
}

TEST(ConnectorProperties, GoThroughAnExportUnchanged) {
  nlohmann::json object;
  for (const ConnectorProperty& property : connector_properties()) {
    std::visit([&](const auto& value) { object[std::string(property.name)] = value; },
               property.get(everything()));
  }
  const auto read = parse(nlohmann::json::array({object}).dump(), "InboundConnector.json");
  ASSERT_TRUE(read) << read.error().line();
  expect_same(read->tenant.inbound_connectors.at(0), everything(), "export");
}

// --- the cmdlets, as somebody without the table would carry them out ---

using Parameters = std::map<std::string, CmdletValue>;

void carry_out(const Cmdlet& cmdlet, InboundConnector& c) {
  const auto text = [](const CmdletValue& v) {
    return std::holds_alternative<std::monostate>(v) ? std::string{} : std::get<std::string>(v);
  };
  using List = std::vector<std::string>;
  const std::map<std::string, std::function<void(const CmdletValue&)>> setters = {
      {"Identity", [&](const CmdletValue& v) { EXPECT_EQ(text(v), c.name); }},
      {"Name", [&](const CmdletValue& v) { c.name = text(v); }},
      {"ConnectorType",
       [&](const CmdletValue& v) {
         c.type = text(v) == "Partner" ? ConnectorType::partner : ConnectorType::on_premises;
       }},
      {"Enabled", [&](const CmdletValue& v) { c.enabled = std::get<bool>(v); }},
      {"SenderDomains",
       [&](const CmdletValue& v) {
         c.sender_domains.clear();
         for (const std::string& each : std::get<List>(v))
           c.sender_domains.push_back(*policy::parse_sender_domain(each));
       }},
      {"SenderIPAddresses",
       [&](const CmdletValue& v) {
         c.sender_ip_addresses.clear();
         for (const std::string& each : std::get<List>(v))
           c.sender_ip_addresses.push_back(*Prefix::parse(each));
       }},
      {"TlsSenderCertificateName",
       [&](const CmdletValue& v) { c.tls_sender_certificate_name = text(v); }},
      {"RequireTls", [&](const CmdletValue& v) { c.require_tls = std::get<bool>(v); }},
      {"RestrictDomainsToIPAddresses",
       [&](const CmdletValue& v) { c.restrict_domains_to_ip_addresses = std::get<bool>(v); }},
      {"RestrictDomainsToCertificate",
       [&](const CmdletValue& v) { c.restrict_domains_to_certificate = std::get<bool>(v); }},
      {"AssociatedAcceptedDomains",
       [&](const CmdletValue& v) { c.associated_accepted_domains = std::get<List>(v); }},
      {"CloudServicesMailEnabled",
       [&](const CmdletValue& v) { c.cloud_services_mail_enabled = std::get<bool>(v); }},
      {"TreatMessagesAsInternal",
       [&](const CmdletValue& v) { c.treat_messages_as_internal = std::get<bool>(v); }},
      {"TrustedOrganizations",
       [&](const CmdletValue& v) { c.trusted_organizations = std::get<List>(v); }},
      {"EFSkipIPs", [&](const CmdletValue& v) { c.ef_skip_ips = std::get<List>(v); }},
      {"EFSkipLastIP", [&](const CmdletValue& v) { c.ef_skip_last_ip = std::get<bool>(v); }},
      {"Comment", [&](const CmdletValue& v) { c.comment = text(v); }},
  };
  for (const auto& [name, value] : cmdlet.parameters) {
    ASSERT_TRUE(setters.contains(name)) << name;
    setters.at(name)(value);
  }
}

TEST(NewInboundConnector, StatesEverything) {
  InboundConnector made;
  made.require_tls = true;  // the cmdlet's own default
  carry_out(new_inbound_connector(everything()), made);
  made.guid = everything().guid;  // these two are Exchange's to keep
  made.when_changed = everything().when_changed;
  expect_same(made, everything(), "New-");

  InboundConnector plain;
  plain.name = "Plain";
  plain.sender_domains = {*policy::parse_sender_domain("*")};
  InboundConnector made_plain;
  made_plain.require_tls = true;
  carry_out(new_inbound_connector(plain), made_plain);
  expect_same(made_plain, plain, "New-, all by default");
}

TEST(SetInboundConnector, MakesOneOfTheOtherWhateverDiffers) {
  InboundConnector plain;
  plain.name = "Plain";
  plain.sender_domains = {*policy::parse_sender_domain("*")};
  for (const ConnectorProperty& property : connector_properties()) {
    if (property.in_new == ConnectorProperty::InNew::never) continue;
    const InboundConnector other = with(plain, property, everything());
    const std::pair<InboundConnector, InboundConnector> ways[] = {{plain, other}, {other, plain}};
    for (const auto& [before, after] : ways) {
      ASSERT_EQ(changes(before, after).size(), 1u) << property.name;
      const Cmdlet set = set_inbound_connector(before, after);
      EXPECT_EQ(set.parameters.size(), 2u) << "Identity and " << property.name;
      InboundConnector changed = before;
      carry_out(set, changed);
      expect_same(changed, after, "Set-");
      EXPECT_TRUE(powershell(set)) << property.name;
    }
  }
  InboundConnector changed = plain;
  carry_out(set_inbound_connector(plain, everything()), changed);
  changed.guid = everything().guid;
  changed.when_changed = everything().when_changed;
  expect_same(changed, everything(), "Set- of all");
}

TEST(SetInboundConnector, TakesATextAwayWithNull) {
  InboundConnector before = everything();
  InboundConnector after = before;
  after.tls_sender_certificate_name.clear();
  EXPECT_EQ(*powershell(set_inbound_connector(before, after)),
            "Set-InboundConnector -Identity 'All of it' -TlsSenderCertificateName $null");
  EXPECT_EQ(json_parameters(set_inbound_connector(before, after)),
            R"({"Identity":"All of it","TlsSenderCertificateName":null})");
}

TEST(Changes, KnowNoOrderOfAListAndNoCaseOfAName) {
  const InboundConnector before = everything();
  InboundConnector after = before;
  std::swap(after.sender_domains[0], after.sender_domains[1]);
  std::swap(after.sender_ip_addresses[0], after.sender_ip_addresses[1]);
  after.name = "ALL OF IT";
  EXPECT_TRUE(changes(before, after).empty());
  EXPECT_EQ(set_inbound_connector(before, after).parameters.size(), 1u);
  after.sender_domains[0].cost = 8;
  EXPECT_EQ(changes(before, after).size(), 1u);
}

TEST(Changes, AreAllInSet) {
  for (const PropertyChange& change : effective_changes(InboundConnector{}, everything())) {
    bool stated = false;
    for (const auto& [name, value] :
         set_inbound_connector(InboundConnector{}, everything()).parameters) {
      stated = stated || name == change.property->name;
    }
    EXPECT_TRUE(stated) << change.property->name;
  }
}

}  // namespace
}  // namespace postern::tenant
