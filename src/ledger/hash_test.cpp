#include "ledger/hash.hpp"

#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include <gtest/gtest.h>

namespace postern::ledger {
namespace {

TEST(HashedAddress, IsTheSameHoweverTheMailboxIsWritten) {
  const std::string key = "0123456789abcdef";
  const std::string hashed = hashed_address("anna@contoso.com", key);
  EXPECT_EQ(hashed.size(), 17 + std::string("@contoso.com").size());
  EXPECT_EQ(hashed_address("Anna@contoso.com", key), hashed);
  EXPECT_NE(hashed_address("anna@fabrikam.com", key).substr(0, 17), hashed.substr(0, 17));
  EXPECT_NE(hashed_address("anna@contoso.com", "another key of 16"), hashed);
}

TEST(HashedAddress, WithoutADomainIsHashedWhole) {
  EXPECT_EQ(hashed_address("postmaster", "0123456789abcdef").size(), 17u);
}

TEST(HashedAddress, IsToldByItsForm) {
  const std::string key = "0123456789abcdef";
  EXPECT_TRUE(is_hashed(hashed_address("anna@contoso.com", key)));
  EXPECT_TRUE(is_hashed(hashed_address("postmaster", key)));
  for (const char* plain : {"", "anna@contoso.com", "~anna@contoso.com", "0123456789abcdef@x",
                            "~0123456789abcdeg@x", "~0123456789abcdef0@x"}) {
    EXPECT_FALSE(is_hashed(plain)) << plain;
  }
}

TEST(HashKey, MustBeAKey) {
  std::string folder = testing::TempDir() + "/postern-key-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::string key = folder + "/key";
  EXPECT_FALSE(read_hash_key(key));
  std::ofstream(key) << "short\n";
  ::chmod(key.c_str(), 0600);
  EXPECT_FALSE(read_hash_key(key));
  std::ofstream(key) << "0123456789abcdef\n";
  ASSERT_TRUE(read_hash_key(key));
  EXPECT_EQ(*read_hash_key(key), "0123456789abcdef");
  ::chmod(key.c_str(), 0644);
  EXPECT_FALSE(read_hash_key(key));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace postern::ledger
