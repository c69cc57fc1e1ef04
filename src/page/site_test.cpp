// The gate's page without its listener: what it tells of a ledger, and what may be changed there.
#include "page/site.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "gate/page_state.hpp"
#include "judge/judge.hpp"
#include "ledger/reader.hpp"
#include "ledger/writer.hpp"
#include "page/running.hpp"
#include "tenant/load.hpp"

namespace postern::page {
namespace {

using ledger::Mode;
using ledger::Outcome;
using nlohmann::json;

constexpr UnixTime now = 1795000000;
UnixTime fixed_now() {
  return now;
}

constexpr const char* tenant_file = R"(name = "contoso"
cloud = "worldwide"
reject_direct_send = false
inbound_connectors_known = true

[[accepted_domain]]
name = "contoso.com"

[[accepted_domain]]
name = "fabrikam.com"
)";

class PageSiteTest : public testing::Test {
 protected:
  PageSiteTest() {
    std::string name = testing::TempDir() + "/postern-page-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    settings_.host_name = "mx.contoso.com";
    settings_.judge.mode = Mode::observe;
    settings_.ledger.file = folder_ + "/ledger.db";
    settings_.page.token_file = folder_ + "/token";
    settings_.page.state_file = folder_ + "/page-state.json";
    ledger::WriterOptions options;
    options.file = settings_.ledger.file;
    writer_ = std::move(*ledger::Writer::open(options, metrics_.ledger, fixed_now));
    metrics_.ready.set(1);
  }
  ~PageSiteTest() override {
    stop();
    std::filesystem::remove_all(folder_);
  }

  // As the gate starts, again where it ran.
  void start() {
    stop();
    auto made = Running::start([this]() -> tl::expected<Loaded, Errors> {
      auto tenant = tenant::parse(tenant_file, "tenant.toml");
      if (!tenant) return tl::unexpected(Errors{tenant.error()});
      return Loaded{settings_, {*tenant}};
    });
    ASSERT_TRUE(made) << made.error().front().line();
    running_ = std::move(*made);
    // The thread that obeys signals.
    running_->control().attach([this](gate::ControlThread::Task task) {
      if (auto config = task()) config_ = config;
    });
    config_ = running_->now()->config;
    site_ = make_site({*running_,
                       metrics_,
                       log_,
                       fixed_now,
                       {},
                       settings_.ledger.file,
                       [this](ledger::Change change) { writer_->add(std::move(change)); }});
  }
  void stop() {
    site_.reset();
    running_.reset();
  }

  void add(int count, const char* client, const char* sender, const char* recipient,
           Outcome outcome = Outcome::would_refuse, UnixTime time = now - 60) {
    ledger::Record r;
    r.time = time;
    r.outcome = outcome;
    r.mode = Mode::observe;
    r.door = "smtp";
    r.client = IpAddress::parse(client);
    r.sender = sender;
    r.recipient = recipient;
    r.tenant = "contoso";
    r.reason = "direct_send_rejected";
    add(std::vector<ledger::Record>(static_cast<std::size_t>(count), r));
  }

  void add(std::vector<ledger::Record> records) {
    const auto rows = metrics_.ledger.rows.value() + records.size();
    writer_->add(std::move(records));
    EXPECT_TRUE(eventually([&] { return metrics_.ledger.rows.value() >= rows; }));
  }

  static bool eventually(const std::function<bool()>& condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(90);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return true;
  }

  gate::PageAnswer get(const std::string& path) {
    gate::PageRequest asked;
    asked.path = path;
    return site_->answer(asked);
  }
  json told(const std::string& path) {
    const auto answer = get(path);
    EXPECT_EQ(answer.status, 200u) << answer.json;
    return json::parse(answer.json);
  }
  gate::PageAnswer post(const std::string& path, const json& body) {
    gate::PageRequest asked;
    asked.changes = true;
    asked.path = path;
    asked.body = body.dump();
    asked.who = "ann";
    return site_->answer(asked);
  }
  json domain(const std::string& name) {
    const json state = told("/api/state");
    for (const json& each : state["domains"]) {
      if (each["name"] == name) return each;
    }
    return {};
  }
  Mode mode_of(const char* name) const { return config_->judge->rules_for(name).mode; }
  std::vector<ledger::ChangeRow> changes(std::size_t wanted) {
    std::vector<ledger::ChangeRow> found;
    EXPECT_TRUE(eventually([&] {
      auto file = ledger::Reader::open(settings_.ledger.file);
      found = *(*file)->changes(50);
      return found.size() >= wanted;
    }));
    return found;
  }

  std::string folder_;
  gate::Settings settings_;
  gate::Metrics metrics_;
  gate::EventLog log_{-1, fixed_now};
  std::unique_ptr<ledger::Writer> writer_;
  std::unique_ptr<Running> running_;
  std::shared_ptr<const gate::GateConfig> config_;
  std::shared_ptr<gate::PageSite> site_;
};

const json enforce_contoso = {{"domain", "contoso.com"},
                              {"mode", "enforce"},
                              {"typed", "contoso.com"},
                              {"reason", "19 days without a loss"}};

TEST_F(PageSiteTest, ServesItsFilesAndNothingElse) {
  start();
  ASSERT_NE(site_->file("/"), nullptr);
  EXPECT_NE(site_->file("/")->text.find("<title>Postern gate"), std::string::npos);
  for (const char* path :
       {"/assets/gate.css", "/assets/gate.js", "/assets/parts.js", "/assets/switch.js"}) {
    EXPECT_NE(site_->file(path), nullptr) << path;
  }
  for (const char* path :
       {"/gate.js", "/assets/", "/assets/../gate.toml", "/assets/x", "", "/api"}) {
    EXPECT_EQ(site_->file(path), nullptr) << path;
  }
  EXPECT_EQ(get("/api/nothing").status, 404u);
  EXPECT_EQ(post("/api/state", json::object()).status, 404u);
}

TEST_F(PageSiteTest, TellsWhoWouldBreakDomainByDomain) {
  for (int i = 0; i < 20; ++i) {
    add(3, "203.0.113.10", "scanner@contoso.com", "ann@fabrikam.com", Outcome::would_refuse,
        now - i * 86400 - 60);
  }
  add(2, "192.0.2.66", "ceo@contoso.com", "bob@contoso.com", Outcome::exception);
  start();
  ASSERT_TRUE(eventually([&] { return told("/api/state").contains("survey"); }));
  const json state = told("/api/state");
  EXPECT_EQ(state["survey"]["rows"], 62);
  const json fabrikam = domain("fabrikam.com");
  EXPECT_EQ(fabrikam["rows"], 60);
  const auto messages = [&](const json& each, const char* pile) {
    return each[pile]["messages"].get<int>();
  };
  EXPECT_EQ(messages(fabrikam, "legitimate") + messages(fabrikam, "unclear") +
                messages(fabrikam, "forged"),
            60)
      << "the parts sum to all of it";
  const json contoso = domain("contoso.com");
  EXPECT_EQ(contoso["exceptions"], 2);
  EXPECT_EQ(messages(contoso, "legitimate") + messages(contoso, "unclear"), 0)
      << "what an exception lets through does not break";
  const json senders = told("/api/senders");
  ASSERT_EQ(senders["domains"][1]["senders"].size(), 1u) << senders.dump(1);
  EXPECT_EQ(senders["domains"][1]["senders"][0]["at_stake"], 60);
}

// fabrikam.com was added today, or was "off" until now: nobody looked at its mail yet.
TEST_F(PageSiteTest, ADomainThatNobodyObservedIsNotReadyByAnothersRecords) {
  for (int i = 0; i < 20; ++i) {
    add(1, "192.0.2.66", "ceo@contoso.com", "ann@contoso.com", Outcome::exception,
        now - (20 - i) * 86400);
  }
  start();
  ASSERT_TRUE(eventually([&] { return told("/api/state").contains("survey"); }));
  EXPECT_EQ(domain("contoso.com")["stage"], "ready");
  EXPECT_EQ(domain("fabrikam.com")["stage"], "early");
  EXPECT_EQ(domain("fabrikam.com")["note"], "nothing seen yet");
}

// Of a record whose recipient can be read, that domain alone is not known; of another, none is.
TEST_F(PageSiteTest, ADomainWhoseRecordsCantBeReadIsNotReady) {
  for (const char* recipient : {"ann@contoso.com", "bob@fabrikam.com"}) {
    add(1, "192.0.2.66", "ceo@contoso.com", recipient, Outcome::exception, now - 20 * 86400);
  }
  add(2, "192.0.2.66", "ceo@no domain!", "bob@fabrikam.com", Outcome::would_refuse);
  start();
  ASSERT_TRUE(eventually([&] { return told("/api/state").contains("survey"); }));
  EXPECT_EQ(domain("contoso.com")["stage"], "ready");
  EXPECT_EQ(domain("fabrikam.com")["stage"], "untold");
  EXPECT_EQ(domain("fabrikam.com")["bad"], 2);
  add(1, "192.0.2.66", "ceo@contoso.com", "bob@no domain!", Outcome::would_refuse);
  start();
  ASSERT_TRUE(eventually([&] { return told("/api/state").contains("survey"); }));
  EXPECT_EQ(domain("contoso.com")["stage"], "untold");
  EXPECT_EQ(domain("fabrikam.com")["bad"], 3);
}

// What is not shown is counted: a page that stopped at 200 senders would look like all of them.
TEST_F(PageSiteTest, CountsTheSendersThatItDoesNotShow) {
  std::vector<ledger::Record> records;
  for (int i = 0; i < 230; ++i) {
    ledger::Record r;
    r.time = now - 60;
    r.outcome = Outcome::would_refuse;
    r.mode = Mode::observe;
    r.door = "smtp";
    r.client = IpAddress::parse("203.0.113." + std::to_string(i));
    r.sender = "scanner" + std::to_string(i) + "@contoso.com";
    r.recipient = "ann@contoso.com";
    r.tenant = "contoso";
    r.reason = "direct_send_rejected";
    records.push_back(r);
  }
  add(std::move(records));
  start();
  ASSERT_TRUE(eventually([&] { return told("/api/state").contains("survey"); }));
  const json contoso = told("/api/senders")["domains"][0];
  EXPECT_EQ(contoso["senders"].size(), 200u);
  EXPECT_EQ(contoso["not_shown"], 30);
  const json state = domain("contoso.com");
  std::uint64_t forged = state["forged"]["senders"].get<std::uint64_t>();
  for (const json& each : contoso["senders"])
    forged -= each["looks"] == "forged" ? 1 : 0;
  EXPECT_EQ(contoso["not_shown_forged"], forged);
}

TEST_F(PageSiteTest, AModeIsSetKeptOnDiskAndSurvivesAReloadAndAStart) {
  start();
  ASSERT_EQ(mode_of("contoso.com"), Mode::observe);
  const auto answer = post("/api/mode", enforce_contoso);
  ASSERT_EQ(answer.status, 200u) << answer.json;
  EXPECT_EQ(mode_of("contoso.com"), Mode::enforce);
  EXPECT_EQ(mode_of("fabrikam.com"), Mode::observe);
  const json set = domain("contoso.com");
  EXPECT_EQ(set["mode"], "enforce");
  EXPECT_EQ(set["in_file"], "observe");
  EXPECT_EQ(set["set"]["who"], "ann");
  EXPECT_EQ(gate::read_page_state(settings_.page.state_file)->modes.size(), 1u);
  const auto again = running_->reload();
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->judge->rules_for("contoso.com").mode, Mode::enforce);
  start();
  EXPECT_EQ(mode_of("contoso.com"), Mode::enforce);
  const auto found = changes(1);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].change.what, "mode");
  EXPECT_EQ(found[0].change.before, "observe");
  EXPECT_EQ(found[0].change.after, "enforce");
  EXPECT_EQ(found[0].change.who, "ann");
  EXPECT_EQ(told("/api/changes")["changes"][0]["reason"], "19 days without a loss");
  // And back, which asks for nothing.
  EXPECT_EQ(post("/api/mode", {{"domain", "contoso.com"}, {"mode", "observe"}}).status, 200u);
  EXPECT_EQ(mode_of("contoso.com"), Mode::observe);
  EXPECT_EQ(changes(2)[0].change.after, "observe");
}

TEST_F(PageSiteTest, WhoEnforcesTypesTheDomainAndSaysWhy) {
  start();
  for (const auto& [key, value] : {std::pair<const char*, const char*>{"typed", "Contoso.com"},
                                   {"typed", ""},
                                   {"reason", " "},
                                   {"mode", "off"},
                                   {"mode", "tenant"},
                                   {"mode", ""}}) {
    json body = enforce_contoso;
    body[key] = value;
    EXPECT_EQ(post("/api/mode", body).status, 400u) << body;
  }
  for (const json& body : {json("x"), json::array(), json{{"domain", 7}}, json::object()}) {
    EXPECT_EQ(post("/api/mode", body).status, 400u) << body;
  }
  json other = enforce_contoso;
  other["domain"] = other["typed"] = "elsewhere.example";
  EXPECT_EQ(post("/api/mode", other).status, 409u);
  EXPECT_EQ(mode_of("contoso.com"), Mode::observe);
  EXPECT_FALSE(std::filesystem::exists(settings_.page.state_file));
  EXPECT_TRUE(told("/api/changes")["changes"].empty());
}

TEST_F(PageSiteTest, WhatIsLockedIsNotChanged) {
  settings_.locked = true;
  start();
  const auto answer = post("/api/mode", enforce_contoso);
  EXPECT_EQ(answer.status, 409u);
  EXPECT_NE(answer.json.find("locked"), std::string::npos);
  EXPECT_EQ(mode_of("contoso.com"), Mode::observe);
  EXPECT_EQ(domain("contoso.com")["offered"], false);
}

TEST_F(PageSiteTest, AStateThatCantBeWrittenChangesNothing) {
  start();
  std::filesystem::create_directory(settings_.page.state_file);
  EXPECT_EQ(post("/api/mode", enforce_contoso).status, 409u);
  EXPECT_EQ(mode_of("contoso.com"), Mode::observe);
  EXPECT_EQ(domain("contoso.com")["mode"], "observe");
}

TEST_F(PageSiteTest, AGateThatEndsTakesNoChange) {
  start();
  running_->control().attach(nullptr);
  EXPECT_EQ(post("/api/mode", enforce_contoso).status, 409u);
  EXPECT_FALSE(std::filesystem::exists(settings_.page.state_file));
  // A task that was taken and is dropped keeps nobody waiting.
  running_->control().attach([](const gate::ControlThread::Task&) {});
  EXPECT_EQ(post("/api/mode", enforce_contoso).status, 409u);
}

TEST_F(PageSiteTest, ForgedIsAPinThatCanBeTakenBack) {
  for (int i = 0; i < 20; ++i) {
    add(3, "203.0.113.10", "scanner@contoso.com", "ann@fabrikam.com", Outcome::would_refuse,
        now - i * 86400 - 60);
  }
  start();
  const auto sender = [&] { return told("/api/senders")["domains"][1]["senders"]; };
  ASSERT_TRUE(eventually([&] {
    const json all = told("/api/senders")["domains"];
    return all.size() == 2 && !all[1]["senders"].empty();
  }));
  const std::string name = sender()[0]["name"];
  EXPECT_NE(sender()[0]["looks"], "forged");
  EXPECT_EQ(post("/api/pin", {{"domain", "fabrikam.com"}, {"sender", "nobody"}, {"forged", "yes"}})
                .status,
            404u);
  const auto answer =
      post("/api/pin", {{"domain", "fabrikam.com"}, {"sender", name}, {"forged", "yes"}});
  ASSERT_EQ(answer.status, 200u) << answer.json;
  EXPECT_TRUE(eventually([&] { return domain("fabrikam.com")["forged"]["messages"] == 60; }));
  const json pins = told("/api/senders")["pins"];
  ASSERT_EQ(pins.size(), 1u);
  EXPECT_EQ(pins[0]["addresses"][0], "203.0.113.10");
  EXPECT_EQ(post("/api/pin", {{"sender", name}, {"forged", "no"}}).status, 200u);
  EXPECT_TRUE(eventually([&] { return domain("fabrikam.com")["forged"]["messages"] == 0; }));
  EXPECT_EQ(post("/api/pin", {{"sender", name}, {"forged", "no"}}).status, 409u);
  EXPECT_EQ(changes(2).size(), 2u);
}

// The ids of the rows in a piece of a stream, and the rows that its floods tell of.
struct Streamed {
  std::vector<int> ids;
  int flooded = 0;
  int last = 0;
  void take(const std::string& text) {
    for (std::size_t at = 0; (at = text.find("\nid: ", at)) != std::string::npos; ++at) {
      last = std::atoi(text.c_str() + at + 5);
      const std::size_t data = text.find("data: ", at) + 6;
      const json each = json::parse(text.substr(data, text.find('\n', data) - data));
      if (each.contains("clients")) {
        flooded += each["rows"].get<int>();
      } else {
        ids.push_back(last);
      }
    }
  }
};

TEST_F(PageSiteTest, AStreamGoesOnBehindTheLastIdWithoutLossOrDoubles) {
  add(3, "203.0.113.10", "a@contoso.com", "ann@fabrikam.com");
  start();
  Streamed seen;
  seen.take(site_->events(-1)->next());
  EXPECT_EQ(seen.ids, (std::vector<int>{1, 2, 3}));
  add(40, "203.0.113.10", "a@contoso.com", "ann@fabrikam.com");
  start();
  auto stream = site_->events(seen.last);
  seen.take(stream->next());
  ASSERT_EQ(seen.ids.size(), 43u);
  for (int i = 0; i < 43; ++i)
    EXPECT_EQ(seen.ids[static_cast<std::size_t>(i)], i + 1);
  seen.take(stream->next());
  EXPECT_EQ(seen.ids.size(), 43u);
}

TEST_F(PageSiteTest, AFloodIsCountedWholeAndNotShownRowByRow) {
  start();
  auto stream = site_->events(-1);
  Streamed seen;
  seen.take(stream->next());
  add(700, "192.0.2.111", "x@contoso.com", "ann@contoso.com");
  add(30, "192.0.2.112", "x@contoso.com", "ann@contoso.com");
  const std::string text = stream->next();
  seen.take(text);
  EXPECT_EQ(seen.ids.size(), 0u);
  EXPECT_EQ(seen.flooded, 730);
  EXPECT_NE(text.find("\"192.0.2.111\",\"rows\":700"), std::string::npos) << text;
  add(10, "192.0.2.111", "x@contoso.com", "ann@contoso.com");
  seen.take(stream->next());
  EXPECT_EQ(seen.ids.size(), 10u);
  EXPECT_EQ(seen.last, 740);
}

TEST_F(PageSiteTest, WhatMailSaysIsHarmlessInAStream) {
  add(1, "203.0.113.10", "</script>\r\n\r\nevent: state\ndata: {}\n\n\xe2\x80\xae@contoso.com",
      "\"><img src=x>@contoso.com");
  start();
  const std::string text = site_->events(-1)->next();
  EXPECT_EQ(text.find("</script"), std::string::npos);
  EXPECT_EQ(text.find("<img"), std::string::npos);
  EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos);
  EXPECT_EQ(text.find("\ndata: {}"), std::string::npos);
  Streamed seen;
  seen.take(text);
  EXPECT_EQ(seen.ids, std::vector<int>{1});
}

TEST_F(PageSiteTest, WithoutALedgerItSaysSoAndPraisesNobody) {
  writer_.reset();
  settings_.ledger.file.clear();
  start();
  const json state = told("/api/state");
  EXPECT_EQ(state["ledger"], false);
  EXPECT_FALSE(state.contains("survey"));
  for (const json& each : state["domains"])
    EXPECT_EQ(each["stage"], "unknown");
  EXPECT_EQ(told("/api/changes")["kept"], false);
}

}  // namespace
}  // namespace postern::page
