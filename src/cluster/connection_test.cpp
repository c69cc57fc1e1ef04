// Against a server of its own on loopback.
#include "cluster/connection.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "cluster/bucket.hpp"
#include "cluster/testing/over_a_server.hpp"

namespace postern::cluster {
namespace {

class ClusterConnection : public testing::OverAServer {};

class ClusterSignIn : public testing::OverAServer {
 protected:
  [[nodiscard]] std::string configuration() const override {
    return "authorization { users = [ { user: gate, password: secret }, "
           "{ nkey: UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4 } ] }\n";
  }
};

class ClusterBucket : public testing::OverAServer {
 protected:
  void SetUp() override {
    OverAServer::SetUp();
    if (ready()) connection_ = connected();
  }
  std::unique_ptr<Connection> connection_;
};

TEST_F(ClusterConnection, TellsTheServersVersionAndNoticesItsEnd) {
  const auto connection = connected();
  ASSERT_TRUE(connection);
  EXPECT_TRUE(connection->alive());
  EXPECT_TRUE(connection->flush());
  EXPECT_EQ(connection->server().name, "one");
  server_->kill();
  for (int i = 0; i < 100 && connection->alive(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(connection->alive());
  EXPECT_FALSE(connection->flush());
}

TEST_F(ClusterSignIn, IsByPasswordOrBySeedAndNotWithoutThem) {
  auto settings = server_->settings();
  EXPECT_FALSE(Connection::open(settings, "test"));
  settings.user = "gate";
  settings.password_file = server_->folder() + "/password";
  std::ofstream(settings.password_file) << "secret\nanother line\n";
  EXPECT_TRUE(connected(settings));
  std::ofstream(settings.password_file) << "wrong\n";
  EXPECT_FALSE(Connection::open(settings, "test"));
  settings.user = settings.password_file = "";
  settings.nkey_file = server_->folder() + "/seed";
  std::ofstream(settings.nkey_file)
      << "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY\n";
  EXPECT_TRUE(connected(settings));
}

// What a start would trip over, found without a server.
TEST(ClusterSignInFiles, AreReadByACheck) {
  if (!is_built()) GTEST_SKIP() << "built without libnats";
  const std::string folder = ::testing::TempDir() + "postern-sign-in";
  std::filesystem::create_directories(folder);
  gate::ClusterSettings settings;
  settings.servers = {"nats://127.0.0.1:1"};
  EXPECT_TRUE(check_sign_in(settings));
  settings.user = "gate";
  settings.password_file = folder + "/password";
  const auto fault_of = [&] {
    const auto checked = check_sign_in(settings);
    return checked ? std::string() : checked.error().line();
  };
  EXPECT_NE(fault_of().find(settings.password_file), std::string::npos) << fault_of();
  std::ofstream(settings.password_file) << "\n";
  EXPECT_NE(fault_of().find("first line is empty"), std::string::npos) << fault_of();
  std::ofstream(settings.password_file) << "secret\n";
  EXPECT_EQ(fault_of(), "");
  settings.user = settings.password_file = "";
  settings.nkey_file = folder + "/seed";
  std::ofstream(settings.nkey_file) << "no seed\n";
  EXPECT_NE(fault_of().find("holds no seed"), std::string::npos) << fault_of();
  settings.nkey_file.clear();
  settings.ca = folder + "/ca.pem";
  EXPECT_NE(fault_of().find("ca"), std::string::npos) << fault_of();
  settings.ca.clear();
  settings.certificate = folder + "/mx1.pem";
  EXPECT_NE(fault_of().find("certificate"), std::string::npos) << fault_of();
  std::filesystem::remove_all(folder);
}

TEST_F(ClusterBucket, WritesOnlyOverWhatWasSeen) {
  ASSERT_TRUE(connection_);
  Bucket bucket(*connection_, "policy");
  EXPECT_EQ(bucket.last_revision().value(), std::nullopt);
  ASSERT_TRUE(bucket.make({.history = 3, .replicas = 1}));
  ASSERT_TRUE(bucket.make({.history = 3, .replicas = 1})) << "a second time";
  EXPECT_EQ(bucket.last_revision().value(), 0u);
  EXPECT_EQ(bucket.newest("tenant.a").value(), std::nullopt);

  const auto first = bucket.put("tenant.a", "one", 0);
  ASSERT_TRUE(first && !first->raced());
  EXPECT_TRUE(bucket.put("tenant.a", "two", 0)->raced()) << "it is there already";
  EXPECT_TRUE(bucket.put("tenant.a", "two", first->revision + 7)->raced());
  const auto second = bucket.put("tenant.a", "two", first->revision);
  ASSERT_TRUE(second && !second->raced());
  EXPECT_TRUE(bucket.put("tenant.a", "three", first->revision)->raced()) << "somebody was faster";
  EXPECT_EQ(bucket.newest("tenant.a").value()->value, "two");
  EXPECT_EQ(bucket.newest("tenant.a").value()->revision, second->revision);

  EXPECT_TRUE(bucket.remove("tenant.a", first->revision)->raced());
  const auto third = bucket.remove("tenant.a", second->revision);
  ASSERT_TRUE(third && !third->raced());
  EXPECT_TRUE(bucket.newest("tenant.a").value()->removed);
  EXPECT_EQ(bucket.all("tenant.*")->size(), 0u);
  const auto fourth = bucket.put("tenant.a", "again", 0);
  ASSERT_TRUE(fourth && !fourth->raced()) << "what was taken away may be made again";
  const auto kept = bucket.history("tenant.a");
  ASSERT_TRUE(kept);
  ASSERT_EQ(kept->size(), 3u);
  EXPECT_EQ((*kept)[0].value, "two");
  EXPECT_TRUE((*kept)[1].removed);
  EXPECT_EQ((*kept)[2].value, "again");
}

// Waits for what a watch brings.
class Watched {
 public:
  std::function<void()> woken() {
    return [this] {
      const std::lock_guard lock(mutex_);
      ++news_;
      arrived_.notify_one();
    };
  }
  std::vector<Entry> take(Watch& watch, std::size_t count) {
    std::vector<Entry> all;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (all.size() < count && std::chrono::steady_clock::now() < until) {
      for (Entry& entry : watch.take())
        all.push_back(std::move(entry));
      std::unique_lock lock(mutex_);
      arrived_.wait_for(lock, std::chrono::milliseconds(20));
    }
    return all;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  int news_ = 0;
};

TEST_F(ClusterBucket, AWatchGivesWhatIsThereThenWhatComes) {
  ASSERT_TRUE(connection_);
  Bucket bucket(*connection_, "policy");
  ASSERT_TRUE(bucket.make({.history = 5, .replicas = 1}));
  Watched watched;
  auto empty = Watch::open(*connection_, "policy", ">", {}, {});
  ASSERT_TRUE(empty) << empty.error().line();
  EXPECT_TRUE((*empty)->caught_up()) << "an empty bucket has nothing to wait for";

  std::uint64_t last = 0;
  for (const char* value : {"one", "two", "three"})
    last = bucket.put("tenant.a", value).value();
  bucket.put("tenant.b", "other").value();
  auto newest = Watch::open(*connection_, "policy", "tenant.*", {}, watched.woken());
  ASSERT_TRUE(newest);
  auto entries = watched.take(**newest, 2);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_TRUE((*newest)->caught_up());
  EXPECT_EQ(entries[0].value, "three");
  EXPECT_EQ(entries[0].revision, last);
  ASSERT_TRUE(bucket.remove("tenant.b", entries[1].revision));
  entries = watched.take(**newest, 1);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].key, "tenant.b");
  EXPECT_TRUE(entries[0].removed);

  auto whole = Watch::open(*connection_, "policy", ">", {WatchFrom::Kind::whole}, watched.woken());
  ASSERT_TRUE(whole);
  EXPECT_EQ(watched.take(**whole, 5).size(), 5u);
  auto after =
      Watch::open(*connection_, "policy", ">", {WatchFrom::Kind::revision, last}, watched.woken());
  ASSERT_TRUE(after);
  EXPECT_EQ(watched.take(**after, 3).front().value, "three");
}

}  // namespace
}  // namespace postern::cluster
