// From the words of a command line to what a command takes, without running it.
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "cli/audit_options.hpp"
#include "cli/auth_options.hpp"
#include "cli/change_options.hpp"
#include "cli/evidence_options.hpp"
#include "cli/explain_options.hpp"
#include "cli/gate_options.hpp"
#include "cli/impact_options.hpp"
#include "cli/ledger_options.hpp"
#include "cli/login_options.hpp"
#include "cli/plan_options.hpp"
#include "cli/probe_options.hpp"
#include "cli/tenant_options.hpp"

namespace postern::cli {
namespace {

using Words = std::vector<std::string>;

/// What the words come to, or in `fault` what is wrong with them.
template <class Arguments>
Arguments parsed(void (*add)(CLI::App&, Arguments&), const Words& words,
                 std::string* fault = nullptr) {
  CLI::App app("", "postern test");
  Arguments arguments;
  add(app, arguments);
  try {
    app.parse(Words(words.rbegin(), words.rend()));
  } catch (const CLI::ParseError& error) {
    if (fault == nullptr) ADD_FAILURE() << error.what();
    if (fault != nullptr) *fault = error.what();
  }
  return arguments;
}

template <class Arguments>
std::string fault_of(void (*add)(CLI::App&, Arguments&), const Words& words) {
  std::string fault;
  (void)parsed(add, words, &fault);
  return fault;
}

TEST(Options, OfAnAudit) {
  const auto a =
      parsed(add_audit_options, {"t.toml", "--control", "6.5.5", "--strict", "--waivers", "w.toml",
                                 "--output", "csv", "--out", "a.csv", "--config", "c.toml"});
  EXPECT_EQ(a.sources, Words{"t.toml"});
  EXPECT_EQ(a.control, "6.5.5");
  EXPECT_TRUE(a.strict);
  EXPECT_EQ(a.waivers, "w.toml");
  EXPECT_EQ(a.live.config, "c.toml");
  EXPECT_EQ(a.output.format, "csv");
  EXPECT_EQ(a.output.file, "a.csv");
  const auto resolving =
      parsed(add_audit_options, {"live:contoso", "--resolve", "--zone", "records.zone"});
  EXPECT_TRUE(resolving.records.resolve);
  EXPECT_EQ(resolving.records.dns.zone, "records.zone");
  const auto plain = parsed(add_audit_options, {"t.toml"});
  EXPECT_FALSE(plain.records.resolve);
  EXPECT_FALSE(plain.strict);
  EXPECT_EQ(plain.parallel, 8u);
  EXPECT_EQ(plain.output.format, "text");
  EXPECT_EQ(plain.output.file, "");
  EXPECT_NE(fault_of(add_audit_options, {"--tenants", "l.toml", "--parallel", "65"}), "");
  EXPECT_NE(fault_of(add_audit_options, {"--tenants", "l.toml", "--parallel", "0"}), "");
}

TEST(Options, OfAnApply) {
  const auto a = parsed(add_apply_options,
                        {"p.json", "--yes", "--unproven", "--record", "r.json", "--settle", "5",
                         "--wait", "60", "--tenant", "live:contoso", "--probe", "ann@contoso.com",
                         "--probe-host", "127.0.0.1:25", "--config", "c.toml"});
  EXPECT_EQ(a.file, "p.json");
  EXPECT_TRUE(a.yes);
  EXPECT_TRUE(a.unproven);
  EXPECT_EQ(a.record, "r.json");
  EXPECT_EQ(a.settle_time().count(), 5);
  EXPECT_EQ(a.wait, 60);
  EXPECT_EQ(a.tenant, "live:contoso");
  EXPECT_EQ(a.probe.subject.mailbox, "ann@contoso.com");
  EXPECT_EQ(a.probe.host, "127.0.0.1:25");
  EXPECT_EQ(a.live.config, "c.toml");
  const auto plain = parsed(add_apply_options, {"p.json"});
  EXPECT_FALSE(plain.yes);
  EXPECT_EQ(plain.wait, 1800);
  EXPECT_EQ(plain.settle_time().count(), 600);
  EXPECT_EQ(plain.emit, "");
  EXPECT_EQ(parsed(add_apply_options, {"p.json", "--emit", "powershell-undo"}).emit,
            "powershell-undo");
  for (const Words& wrong :
       {Words{}, Words{"p.json", "--emit", "bash"}, Words{"p.json", "--wait", "-1"},
        Words{"p.json", "--settle", "86401"}, Words{"p.json", "--force"}}) {
    EXPECT_NE(fault_of(add_apply_options, wrong), "");
  }
}

TEST(Options, OfARollback) {
  const auto a = parsed(add_rollback_options, {"r.json", "--yes", "--force", "--settle", "7",
                                               "--wait", "90", "--tenant", "live:contoso"});
  EXPECT_EQ(a.file, "r.json");
  EXPECT_TRUE(a.yes);
  EXPECT_TRUE(a.force);
  EXPECT_EQ(a.settle_time().count(), 7);
  EXPECT_EQ(a.tenant, "live:contoso");
  EXPECT_EQ(parsed(add_rollback_options, {"r.json"}).settle_time().count(), 60);
  EXPECT_EQ(parsed(add_rollback_options, {"r.json", "--wait", "20"}).settle_time().count(), 15);
  for (const Words& wrong : {Words{}, Words{"r.json", "--unproven"},
                             Words{"r.json", "--wait", "soon"}, Words{"r.json", "s.json"}}) {
    EXPECT_NE(fault_of(add_rollback_options, wrong), "");
  }
}

TEST(Options, OfALogin) {
  const auto a = parsed(add_login_options,
                        {"live:contoso", "--check", "--config", "c.toml", "--output", "json"});
  EXPECT_EQ(a.profile(), "contoso");
  EXPECT_TRUE(a.check);
  EXPECT_EQ(a.live.config, "c.toml");
  EXPECT_EQ(a.output.format, "json");
  const auto plain = parsed(add_login_options, {"contoso"});
  EXPECT_EQ(plain.profile(), "contoso");
  EXPECT_FALSE(plain.check);
  EXPECT_NE(fault_of(add_login_options, {}), "");
}

TEST(Options, OfAnImpact) {
  const auto a = parsed(add_impact_options, {"t.toml", "a.csv", "-", "--since", "30d", "--resolve",
                                             "--resolver", "127.0.0.1@5353", "--top", "3"});
  EXPECT_EQ(a.tenant, "t.toml");
  EXPECT_EQ(a.evidence.paths, (Words{"a.csv", "-"}));
  EXPECT_EQ(a.evidence.since, "30d");
  EXPECT_TRUE(a.evidence.resolve);
  EXPECT_EQ(a.evidence.dns.resolver, "127.0.0.1@5353");
  EXPECT_EQ(a.top, 3u);
  EXPECT_NE(fault_of(add_impact_options, {"t.toml", "a.csv", "--every", "0"}), "");
}

TEST(Options, OfAPlan) {
  const auto a =
      parsed(add_plan_options, {"live:contoso", "--plan", "p.json", "--emit", "powershell"});
  EXPECT_EQ(a.tenant, "live:contoso");
  EXPECT_TRUE(a.evidence.paths.empty());
  EXPECT_EQ(a.plan_file, "p.json");
  EXPECT_EQ(a.emit, "powershell");
  EXPECT_NE(fault_of(add_plan_options, {"t.toml", "--emit", "bash"}), "");
}

TEST(Options, OfAProbe) {
  const auto a = parsed(add_probe_options, {"t.toml", "--rcpt-to", "ann@contoso.com", "--host",
                                            "127.0.0.1:2525", "--resolver", "192.0.2.53"});
  EXPECT_EQ(a.probe.subject.mailbox, "ann@contoso.com");
  EXPECT_EQ(a.probe.subject.foreign, "example.com");
  EXPECT_EQ(a.probe.host, "127.0.0.1:2525");
  EXPECT_EQ(a.probe.resolver, "192.0.2.53");
  EXPECT_FALSE(a.probe.send) << "nothing is sent unless it is asked for";
  EXPECT_NE(fault_of(add_probe_options, {"t.toml"}), "") << "a mailbox must be named";
  // The name of former times.
  EXPECT_EQ(parsed(add_probe_options, {"t.toml", "--to", "a@b", "--dns", "x"}).probe.resolver, "x");
}

TEST(Options, OfAMessageAndOfAGate) {
  const auto message = parsed(add_auth_options, {"-", "--ip", "192.0.2.7", "--trusted-sealer", "a",
                                                 "--trusted-sealer", "b", "--zone", "z"});
  EXPECT_EQ(message.file, "-");
  EXPECT_EQ(message.ip, "192.0.2.7");
  EXPECT_EQ(message.trusted_sealers, (Words{"a", "b"}));
  EXPECT_EQ(message.dns.zone, "z");
  const auto gate = parsed(add_gate_options,
                           {"gate.toml", "--listen", "[::1]:25", "--mode", "observe", "--check"});
  EXPECT_EQ(gate.file, "gate.toml");
  EXPECT_EQ(gate.listen, Words{"[::1]:25"});
  EXPECT_EQ(gate.mode, "observe");
  EXPECT_TRUE(gate.check);
  EXPECT_NE(fault_of(add_gate_options, {"--mode", "on"}), "");
}

TEST(Options, OfATenantThatIsConverted) {
  const auto a =
      parsed(add_convert_options, {"exports", "--out", "tenant.toml", "--config", "config.toml"});
  EXPECT_EQ(a.tenant, "exports");
  EXPECT_EQ(a.output.file, "tenant.toml");
  EXPECT_EQ(a.live.config, "config.toml");
  const auto plain = parsed(add_convert_options, {"live:contoso"});
  EXPECT_EQ(plain.tenant, "live:contoso");
  EXPECT_TRUE(plain.output.to_standard_output());
  EXPECT_NE(fault_of(add_convert_options, {}), "") << "a tenant must be named";
  EXPECT_NE(fault_of(add_convert_options, {"a", "b"}), "") << "one at a time";
  EXPECT_NE(fault_of(add_convert_options, {"a", "--output", "json"}), "") << "it writes TOML alone";
}

TEST(Options, OfThePageOfATenantsKeys) {
  EXPECT_EQ(parsed(add_keys_options, {"--out", "keys.md"}).output.file, "keys.md");
  EXPECT_TRUE(parsed(add_keys_options, {}).output.to_standard_output());
  EXPECT_NE(fault_of(add_keys_options, {"tenant.toml"}), "")
      << "they are the same for every tenant";
}

TEST(Options, AFormatThatACommandCannotWriteIsAnsweredWithThoseItCan) {
  EXPECT_EQ(fault_of(add_probe_options, {"t.toml", "--to", "a@b", "--output", "csv"}),
            "--output: 'csv' is no output of postern test; use one of text, json");
  EXPECT_EQ(fault_of(add_audit_options, {"t.toml", "--output", "jsn"}),
            "--output: 'jsn' is no output of postern test; use one of text, json, csv, html, "
            "markdown, sarif, junit, ocsf, oscal");
}

TEST(Options, ADashIsStandardOutput) {
  Environment terminal;
  terminal.output_is_terminal = true;
  for (const char* file : {"", "-"}) {
    const OutputOptions output{"text", file};
    EXPECT_TRUE(output.to_standard_output());
    EXPECT_TRUE(output.style(terminal).colour);
    EXPECT_FALSE(output.style({}).colour) << "a pipe";
  }
  EXPECT_FALSE((OutputOptions{"text", "./-"}).to_standard_output());
  EXPECT_FALSE((OutputOptions{"text", "report.txt"}).style(terminal).colour);
  EXPECT_FALSE((OutputOptions{"json", ""}).style(terminal).colour);
  terminal.no_color = true;
  EXPECT_FALSE((OutputOptions{"text", ""}).style(terminal).colour);
}

constexpr UnixTime now = 1'795'824'000;  // 2026-11-28T00:00:00Z

TEST(Options, OfALedgerBecomeItsFilter) {
  auto a = parsed(add_ledger_options,
                  {"ledger.db", "--since", "7d", "--until", "2026-11-27", "--client",
                   "192.0.2.0/24", "--sender", "@contoso.com", "--outcome", "would_refuse"});
  ASSERT_TRUE(read_filter(a, now));
  EXPECT_EQ(a.filter.since, now - 7 * 86400);
  EXPECT_EQ(a.filter.until, now) << "to the end of that day";
  ASSERT_TRUE(a.filter.client);
  EXPECT_EQ(a.filter.client->text(), "192.0.2.0/24");
  EXPECT_EQ(a.filter.sender, "@contoso.com");
  EXPECT_EQ(a.filter.outcome, "would_refuse");

  const std::vector<std::pair<Words, std::string>> wrong = {
      {{"l.db", "--since", "yesterday"}, "--since"},
      {{"l.db", "--until", "31.12."}, "--until"},
      {{"l.db", "--client", "192.0.2"}, "--client"},
      {{"l.db", "--follow", "--summary", "sender"}, "--follow"},
      {{"l.db", "--follow", "--out", "f"}, "--follow"}};
  for (const auto& [words, option] : wrong) {
    auto arguments = parsed(add_ledger_options, words);
    const auto read = read_filter(arguments, now);
    ASSERT_FALSE(read) << option;
    EXPECT_EQ(read.error().where, option);
  }
}

TEST(Options, OfAFetchBecomeItsRequest) {
  const auto plain =
      request_of(parsed(add_fetch_options, {"live:contoso", "--out", "folder"}), now);
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->source, exchange::EvidenceSource::trace);
  EXPECT_EQ(plain->since, now - 10 * 86400);
  EXPECT_EQ(plain->until, now);
  EXPECT_EQ(plain->folder, "folder");
  const auto future = request_of(parsed(add_fetch_options, {"live:contoso", "--out", "f", "--until",
                                                            "2027-01-01", "--source", "hunting"}),
                                 now);
  ASSERT_TRUE(future);
  EXPECT_EQ(future->until, now) << "what has not happened yet can't be fetched";
  EXPECT_EQ(future->source, exchange::EvidenceSource::hunting);
  EXPECT_FALSE(request_of(parsed(add_fetch_options, {"x", "--out", "f", "--since", "soon"}), now));
  EXPECT_NE(fault_of(add_fetch_options, {"live:contoso"}), "") << "a folder must be named";
}

}  // namespace
}  // namespace postern::cli
