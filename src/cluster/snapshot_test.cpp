#include "cluster/snapshot.hpp"

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "cluster/tenant_value.hpp"
#include "cluster/testing/tenants.hpp"

namespace postern::cluster {
namespace {

class ClusterSnapshot : public ::testing::Test {
 protected:
  ClusterSnapshot() {
    std::string folder = (std::filesystem::temp_directory_path() / "snapshot-XXXXXX").string();
    EXPECT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    path_ = folder + "/policy.snapshot";
  }
  ~ClusterSnapshot() override { std::filesystem::remove_all(folder_); }

  std::string bytes() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  void write(const std::string& text) const { std::ofstream(path_, std::ios::binary) << text; }

  std::string folder_, path_;
  const Snapshot snapshot_{
      .incarnation = "abc",
      .revision = 77,
      .tenants = {{"a", 5, write_tenant_value(testing::tenant_value("a", {"a.example"}))},
                  {"b", 7, std::string("any\noctets\0at all", 17)},
                  {"c", 8, std::string()}},
      .awaited = {}};
};

TEST_F(ClusterSnapshot, ReadsWhatItWroteAndShowsItToItsOwnerAlone) {
  ASSERT_TRUE(write_snapshot(path_, snapshot_));
  const auto read = read_snapshot(path_);
  ASSERT_TRUE(read) << read.error().line();
  EXPECT_EQ(read->incarnation, "abc");
  EXPECT_EQ(read->revision, 77u);
  EXPECT_EQ(read->tenants, snapshot_.tenants);
  struct stat about {};
  ASSERT_EQ(::stat(path_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
}

TEST_F(ClusterSnapshot, KeepsWhoseMailIsAwaitedAndReadsOneOfBeforeThereWereAny) {
  Snapshot snapshot = snapshot_;
  policy::AcceptedDomain domain;
  domain.name = "new.example";
  snapshot.awaited.push_back(domain);
  domain.name = "wide.example";
  domain.match_subdomains = true;
  snapshot.awaited.push_back(domain);
  ASSERT_TRUE(write_snapshot(path_, snapshot));
  const auto read = read_snapshot(path_);
  ASSERT_TRUE(read) << read.error().line();
  EXPECT_EQ(read->tenants, snapshot_.tenants);
  ASSERT_EQ(read->awaited.size(), 2u);
  EXPECT_EQ(read->awaited[0].name, "new.example");
  EXPECT_FALSE(read->awaited[0].match_subdomains);
  EXPECT_TRUE(read->awaited[1].match_subdomains);
  const std::string old =
      "postern policy snapshot 1\n{\"incarnation\":\"abc\",\"revision\":7,\"tenants\":0}\n";
  write(old + "sha256 " + sha256_hex(old) + "\n");
  const auto before = read_snapshot(path_);
  ASSERT_TRUE(before) << before.error().line();
  EXPECT_EQ(before->revision, 7u);
  EXPECT_TRUE(before->awaited.empty());
}

TEST_F(ClusterSnapshot, CutOffAnywhereItIsRefused) {
  ASSERT_TRUE(write_snapshot(path_, snapshot_));
  const std::string whole = bytes();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write(whole.substr(0, length));
    EXPECT_FALSE(read_snapshot(path_)) << length;
  }
}

TEST_F(ClusterSnapshot, AnyDamagedOctetIsNoticed) {
  ASSERT_TRUE(write_snapshot(path_, snapshot_));
  const std::string whole = bytes();
  std::mt19937 chance(1);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ (1u << chance() % 8));
    write(damaged);
    EXPECT_FALSE(read_snapshot(path_)) << at;
  }
}

TEST_F(ClusterSnapshot, AHeadOfAnotherKindThrowsNothing) {
  const auto sealed = [](const std::string& head) {
    const std::string text = "postern policy snapshot 1\n" + head + "\n";
    return text + "sha256 " + sha256_hex(text) + "\n";
  };
  write(sealed(R"({"incarnation":7,"revision":"seven","tenants":0})"));
  const auto read = read_snapshot(path_);
  ASSERT_TRUE(read) << read.error().line();
  EXPECT_EQ(read->incarnation, "");
  EXPECT_EQ(read->revision, 0u);
  for (const char* head : {R"({"tenants":-1})", R"({"tenants":"none"})", "[]", "7", ""}) {
    write(sealed(head));
    EXPECT_FALSE(read_snapshot(path_)) << head;
  }
}

TEST_F(ClusterSnapshot, AFolderThatCannotBeWrittenToIsTold) {
  EXPECT_FALSE(write_snapshot(folder_ + "/none/policy.snapshot", snapshot_));
  EXPECT_FALSE(read_snapshot(folder_ + "/none"));
}

}  // namespace
}  // namespace postern::cluster
