#include "gate/settings.hpp"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "gate/settings_keys.hpp"
#include "settings_file/testing/keys.hpp"

namespace postern::gate {
namespace {

const std::string smallest =
    "tenants = [\"tenant.toml\"]\n[smtp]\nlisten = [\":25\"]\n[[route]]\nnext_hops = "
    "[\"127.0.0.1:2526\"]\n";

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The first fault, on one line.
std::string fault_of(const std::string& text) {
  const auto settings = parse_settings(text, "gate.toml");
  return settings ? "none" : settings.error().front().line();
}

TEST(GateSettings, TheSmallestFileHasEveryDefault) {
  const auto s = parse_settings(smallest, "/etc/postern/gate.toml");
  ASSERT_TRUE(s) << s.error().front().line();
  EXPECT_EQ(s->tenants, std::vector<std::string>{"/etc/postern/tenant.toml"});
  EXPECT_EQ(s->judge.mode, ledger::Mode::enforce);
  EXPECT_EQ(s->judge.stage, ledger::Stage::rcpt);
  EXPECT_TRUE(s->smtp.open);
  EXPECT_EQ(s->routes.front().domains, std::vector<std::string>{"*"});
  EXPECT_FALSE(s->judge.allow_aligned_dkim || s->judge.allow_dmarc_pass ||
               s->judge.refuse_own_header_from || s->judge.refuse_multiple_from ||
               s->judge.strip_organization_headers);
  EXPECT_TRUE(s->ledger.file.empty());
}

TEST(GateSettings, ReadsEachKind) {
  const auto s = parse_settings(
      "tenants = \"/t\"\nmode = \"observe\"\ndrain_time = \"2m\"\nhold_memory = "
      "\"1M\"\nauthserv_id "
      "= \"Gate.Example.\"\n[smtp]\nlisten = \":25\"\nproxy_peers = [\"10.0.0.0/8\", "
      "\"2001:db8::1\"]\ngreeting_delay = \"250ms\"\n[[route]]\ndomains = [\".Contoso.com\", "
      "\"*\"]\nnext_hops = \"a:25\"\ntls = \"verified\"\n[milter]\nlisten = "
      "[\"unix:/run/m\"]\nsocket_mode = \"0660\"\n[exceptions]\ntrusted_arc_sealers = "
      "[\".Example.com\"]\n",
      "gate.toml");
  ASSERT_TRUE(s) << s.error().front().line();
  EXPECT_EQ(s->judge.mode, ledger::Mode::observe);
  EXPECT_EQ(s->drain_time, std::chrono::seconds(120));
  EXPECT_EQ(s->hold_memory, 1048576u);
  EXPECT_EQ(s->judge.authserv_id, "gate.example");
  EXPECT_EQ(s->smtp.proxy_peers.size(), 2u);
  EXPECT_EQ(s->smtp.greeting_delay, std::chrono::milliseconds(250));
  EXPECT_EQ(s->routes.front().domains, (std::vector<std::string>{".contoso.com", "*"}));
  EXPECT_EQ(s->routes.front().tls, HopTls::verified);
  EXPECT_EQ(s->milter.socket_mode, 0660u);
  EXPECT_EQ(s->judge.trusted_arc_sealers, std::vector<std::string>{".example.com"});
}

TEST(GateSettings, TellsWhatIsWrongAndWhere) {
  EXPECT_EQ(fault_of("mode = \"enforced\"\n" + smallest),
            "gate.toml:1:8: mode: must be one of \"enforce\", \"observe\", \"tenant\", \"off\"")
      << "the choices once";
  EXPECT_EQ(fault_of("mod = \"off\"\n" + smallest),
            "gate.toml:1:1: unknown key 'mod' in the file; did you mean 'mode'?");
  EXPECT_EQ(fault_of(smallest + "[limits]\nrecipients = \"many\"\n"),
            "gate.toml:7:14: recipients: must be a number");
  EXPECT_EQ(fault_of(smallest + "[limits]\nmessage_size = \"5G\"\n"),
            "gate.toml:7:16: message_size: must be a size such as \"150M\", \"256K\" or a number "
            "of octets");
  EXPECT_EQ(fault_of(smallest + "[limits]\ncommand_time = \"500ms\"\n"),
            "gate.toml:7:16: command_time: must be from 1s to 168h; it takes time");
  EXPECT_EQ(fault_of(smallest + "[exceptions]\naligned_dkim = 1\n"),
            "gate.toml:7:16: aligned_dkim: must be true or false");
  EXPECT_NE(fault_of(smallest + "x = \n").find("gate.toml:6:"), std::string::npos);
  EXPECT_NE(fault_of("support = \"a\\nb\"\n" + smallest).find("one line"), std::string::npos);
}

TEST(GateSettings, TellsContradictions) {
  EXPECT_NE(fault_of("tenants = [\"t\"]\n").find("neither an SMTP door nor a milter"),
            std::string::npos);
  EXPECT_NE(fault_of("tenants = [\"t\"]\n[smtp]\nlisten = \":25\"\n").find("no route"),
            std::string::npos);
  EXPECT_NE(fault_of(smallest + "maildir = \"m\"\n").find("both next_hops and maildir"),
            std::string::npos);
  EXPECT_NE(fault_of(smallest + "[tls]\nkey = \"k\"\n").find("a key without its certificate"),
            std::string::npos);
  EXPECT_NE(fault_of("authenticate_all = true\n" + smallest).find("without authserv_id"),
            std::string::npos);
  EXPECT_NE(fault_of(smallest + "[ledger]\n").find("a ledger without its file"), std::string::npos);
  EXPECT_NE(fault_of(smallest + "[[for_domain]]\nname = \"contoso.com\"\n").find("nothing is said"),
            std::string::npos);
}

TEST(GateSettings, AClusterMayHoldTheTenantsAndItsKeysHangTogether) {
  const std::string head = "[milter]\nlisten = [\"unix:/run/m\"]\n[cluster]\n";
  const std::string good = head + "servers = [\"nats://mail1.example:4222\"]\n";
  const auto s = parse_settings(good + "nkey_file = \"gate.seed\"\nkeep_bytes = \"2048M\"\n",
                                "/etc/postern/gate.toml");
  ASSERT_TRUE(s) << s.error().front().line();
  EXPECT_TRUE(s->tenants.empty());
  EXPECT_EQ(s->cluster.servers.size(), 1u);
  EXPECT_EQ(s->cluster.nkey_file, "/etc/postern/gate.seed");
  EXPECT_EQ(s->cluster.snapshot, "/etc/postern/policy.snapshot");
  EXPECT_EQ(s->cluster.keep_bytes, 2147483648u);
  EXPECT_NE(fault_of(head).find("cluster without servers"), std::string::npos);
  EXPECT_NE(fault_of(good + "user = \"u\"\n").find("go together"), std::string::npos);
  EXPECT_NE(fault_of(good + "key = \"k\"\n").find("a key without its certificate"),
            std::string::npos);
  EXPECT_NE(fault_of(good + "gate = \"mail.1\"\n").find("stands in subjects"), std::string::npos);
  EXPECT_NE(fault_of(head + "servers = [\"nats://u:p@mail1\"]\n").find("must not hold a user"),
            std::string::npos);
  EXPECT_NE(fault_of(head + "servers = [\"http://mail1\"]\n").find("must be like"),
            std::string::npos);
}

TEST(GateSettings, APageNeedsATokenAListenerAndTenantsOfItsOwn) {
  const std::string page = smallest + "[page]\n";
  const std::string signed_in = page + "token_file = \"t\"\n";
  EXPECT_NE(fault_of(page).find("token_file"), std::string::npos) << fault_of(page);
  EXPECT_NE(fault_of(signed_in).find("nowhere to show it"), std::string::npos);
  const std::string head = "admin_listen = \"127.0.0.1:9125\"\n";
  const auto s = parse_settings(head + signed_in + "[ledger]\nfile = \"/var/lib/l.db\"\n",
                                "/etc/postern/gate.toml");
  ASSERT_TRUE(s) << s.error().front().line();
  EXPECT_EQ(s->page.token_file, "/etc/postern/t");
  EXPECT_EQ(s->page.state_file, "/var/lib/page-state.json");
  const std::string cluster =
      "[cluster]\nservers = [\"nats://mail1.example:4222\"]\nnkey_file = \"s\"\n";
  EXPECT_EQ(fault_of(head + signed_in + cluster), "none") << "which gets the verdicts alone";
  std::string shared = head + signed_in + cluster;
  shared.erase(shared.find("tenants"), shared.find("[smtp]") - shared.find("tenants"));
  EXPECT_NE(fault_of(shared).find("of a cluster"), std::string::npos) << fault_of(shared);
}

TEST(GateSettings, TellsEveryFaultAtOnce) {
  const auto s = parse_settings("mod = 1\nstage = \"x\"\n", "gate.toml");
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().size(), 2u);
}

// "reloaded" alone would read as: everything in the file counts now.
TEST(GateSettings, TellsWhatAReloadPassesOver) {
  const std::string other =
      "tenants = [\"tenant.toml\"]\nmode = \"observe\"\nthreads = 3\nlog_level = \"quiet\"\n"
      "[smtp]\nlisten = [\":2525\"]\nrequire_tls = false\n[[route]]\nmaildir = \"box\"\n"
      "[ledger]\nfile = \"l.db\"\nretention_days = 1\n[limits]\nmessages = 5\n"
      "[cluster]\nservers = [\"nats://mail1.example:4222\"]\n";
  const auto running = parse_settings(smallest, "gate.toml");
  const auto read = parse_settings(other, "gate.toml");
  ASSERT_TRUE(running && read);
  EXPECT_EQ(waiting_for_start(*running, *read),
            (std::vector<std::string>{"threads", "log_level", "[smtp] listen", "[ledger] file",
                                      "[ledger] retention_days", "[cluster] servers"}));
  EXPECT_TRUE(waiting_for_start(*read, *read).empty());
}

TEST(GateSettings, EachKeyIsAMemberOfItsOwn) {
  settings_file::testing::expect_keys_of_their_own(settings_layout());
}

// A new option: its row in settings_keys.cpp.
TEST(GateSettings, EachMemberHasAKey) {
  using settings_file::testing::expect_a_key_each;
  using settings_file::testing::members_of;
  const auto& layout = settings_layout();
  // Head, exceptions and protections share what the judge is given; overrides are tables.
  expect_a_key_each(layout, members_of<Settings>() + members_of<judge::Settings>(),
                    {"", "exceptions", "protections"},
                    {"judge", "smtp", "tls", "limits", "hops", "routes", "milter", "ledger",
                     "cluster", "page", "file", "judge.tenants", "judge.domains"});
  for (const char* name : {"for_tenant", "for_domain"})
    expect_a_key_each(layout, members_of<judge::ModeOverride>(), {name}, {"where"});
  expect_a_key_each(layout, members_of<SmtpSettings>(), {"smtp"}, {"open"});
  expect_a_key_each(layout, members_of<TlsSettings>(), {"tls"}, {});
  expect_a_key_each(layout, members_of<LimitSettings>(), {"limits"}, {});
  expect_a_key_each(layout, members_of<RouteSettings>(), {"route"}, {"where"});
  expect_a_key_each(layout, members_of<HopSettings>(), {"next_hop"}, {});
  expect_a_key_each(layout, members_of<MilterSettings>(), {"milter"}, {});
  expect_a_key_each(layout, members_of<LedgerSettings>(), {"ledger"}, {});
  expect_a_key_each(layout, members_of<ClusterSettings>(), {"cluster"}, {"where"});
  expect_a_key_each(layout, members_of<PageSettings>(), {"page"}, {});
}

TEST(GateSettings, TheExampleIsGood) {
  const auto s = read_settings(POSTERN_SOURCE_DIR "/packaging/gate.toml");
  ASSERT_TRUE(s) << s.error().front().line();
}

TEST(GateSettings, ThePageOfKeysIsCurrent) {
  EXPECT_EQ(text_of(POSTERN_SOURCE_DIR "/docs/gate-file.md"), describe_settings())
      << "run: postern gate --keys > docs/gate-file.md";
}

}  // namespace
}  // namespace postern::gate
