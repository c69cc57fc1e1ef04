// The keys of config.toml; how a profile signs in is tried on the program
// (tests/live_sign_in_test.py).
#include "exchange/profile.hpp"

#include <gtest/gtest.h>

#include "settings_file/testing/keys.hpp"

namespace postern::exchange {
namespace {

// A new member: its row in the table of keys, or its name here, where no file has it.
TEST(ProfileKeys, EachMemberHasOne) {
  settings_file::testing::expect_a_key_each(
      describe_profile_keys(), settings_file::testing::members_of<Profile>(), {"name", "where"});
}

}  // namespace
}  // namespace postern::exchange
