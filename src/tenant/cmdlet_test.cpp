#include "tenant/cmdlet.hpp"

#include <cstddef>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace postern::tenant {
namespace {

using policy::ConnectorType;
using policy::InboundConnector;

// What PowerShell's tokenizer makes of an argument list (about_Parsing, about_Quoting_Rules):
// space parts arguments, single quotes hold text as it is, any two single quotes inside stand for
// one. Written from that description, not from powershell().
std::vector<std::string> arguments_of(const std::string& line) {
  const auto quote = [&](std::size_t at) -> std::size_t {
    if (line[at] == '\'') return 1;
    for (const char* kind : {"\u2018", "\u2019", "\u201a", "\u201b"}) {
      if (line.compare(at, 3, kind) == 0) return 3;
    }
    return 0;
  };
  std::vector<std::string> out(1);
  bool inside = false;
  for (std::size_t i = 0; i < line.size();) {
    const std::size_t length = quote(i);
    if (!inside && length > 0) {
      inside = true;
      i += length;
    } else if (!inside && line[i] == ' ') {
      out.emplace_back();
      ++i;
    } else if (inside && length > 0) {
      const std::size_t next = i + length < line.size() ? quote(i + length) : 0;
      if (next == 0) {
        inside = false;
        i += length;
      } else {
        out.back() += line.substr(i + length, next);
        i += length + next;
      }
    } else {
      EXPECT_TRUE(inside || std::string("$;|&`\"(){}#<>\n").find(line[i]) == std::string::npos ||
                  line.compare(i, 5, "$true") == 0 || line.compare(i, 6, "$false") == 0)
          << "live character '" << line[i] << "' in " << line;
      out.back() += line[i++];
    }
  }
  EXPECT_FALSE(inside) << line;
  return out;
}

InboundConnector partner() {
  InboundConnector c;
  c.name = "News";
  c.sender_domains = {*policy::parse_sender_domain("contoso.com")};
  c.sender_ip_addresses = {*Prefix::parse("198.51.100.64/26"), *Prefix::parse("203.0.113.9")};
  return c;
}

TEST(PowerShell, SaysRequireTlsAlways) {
  EXPECT_EQ(*powershell(new_inbound_connector(partner())),
            "New-InboundConnector -Name 'News' -ConnectorType Partner -SenderDomains 'contoso.com' "
            "-SenderIPAddresses 198.51.100.64/26,203.0.113.9 -RequireTls $false");
}

TEST(PowerShell, TurnsTheSwitchAndRemovesWithoutAsking) {
  EXPECT_EQ(*powershell(set_reject_direct_send(true)),
            "Set-OrganizationConfig -RejectDirectSend $true");
  EXPECT_EQ(*powershell(remove_inbound_connector("News")),
            "Remove-InboundConnector -Identity 'News' -Confirm:$false");
}

TEST(PowerShell, WhateverANameHoldsStaysData) {
  for (const std::string& name : std::vector<std::string>{
           "O'Brien", "'", "''", "a'; Remove-Mailbox x; '", "$(whoami)", "$env:PATH", "`n",
           "a \"b\"", "\u2018", "\u2019; rm \u2019", "it\u201as", "\u201b'\u2019", "#>", "| iex",
           "-Confirm", "100 %", "e\u0301\u00fc\u6f22"}) {
    InboundConnector connector = partner();
    connector.name = name;
    const auto line = powershell(new_inbound_connector(connector));
    ASSERT_TRUE(line) << name;
    const auto arguments = arguments_of(*line);
    ASSERT_EQ(arguments.size(), 11u) << *line;
    EXPECT_EQ(arguments[1], "-Name");
    EXPECT_EQ(arguments[2], name) << *line;
    EXPECT_EQ(arguments[3], "-ConnectorType");
  }
}

TEST(PowerShell, RefusesWhatNoLineCanCarry) {
  for (const std::string& name :
       std::vector<std::string>{std::string("a\nb"), std::string("a\rb"), std::string("a\0b", 3),
                                std::string("a\tb"), std::string("\x1b[31m"), std::string("\xff"),
                                std::string("a\u2028b"), std::string("a\u0085b")}) {
    const auto line = powershell(remove_inbound_connector(name));
    ASSERT_FALSE(line);
    EXPECT_EQ(line.error().line().find('\n'), std::string::npos);
  }
}

TEST(PowerShell, AnEmptyListIsAnEmptyArray) {
  InboundConnector after = partner();
  after.sender_ip_addresses.clear();
  EXPECT_EQ(*powershell(set_inbound_connector(partner(), after)),
            "Set-InboundConnector -Identity 'News' -SenderIPAddresses @()");
}

TEST(SetInboundConnector, NamesOnlyWhatDiffers) {
  InboundConnector after = partner();
  after.require_tls = true;
  after.sender_ip_addresses.pop_back();
  EXPECT_EQ(json_parameters(set_inbound_connector(partner(), after)),
            R"({"Identity":"News","SenderIPAddresses":["198.51.100.64/26"],"RequireTls":true})");
}

TEST(JsonParameters, AreWhatTheCmdletSays) {
  InboundConnector connector = partner();
  connector.name = "a \"b\"\n";
  connector.type = ConnectorType::on_premises;
  const auto json = nlohmann::json::parse(json_parameters(new_inbound_connector(connector)));
  EXPECT_EQ(json["Name"], connector.name);
  EXPECT_EQ(json["ConnectorType"], "OnPremises");
  EXPECT_EQ(json["SenderIPAddresses"][0], "198.51.100.64/26");
  EXPECT_EQ(json["RequireTls"], false);
}

}  // namespace
}  // namespace postern::tenant
