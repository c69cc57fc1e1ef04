#include "cluster/nkey.hpp"

#include <cstddef>

#include <gtest/gtest.h>

namespace postern::cluster {
namespace {

// From the documentation of NATS ("NKeys"): made for the public, good for nothing.
const std::string seed = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY";
const std::string key = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";

TEST(ClusterNkey, ThePublicKeyFollowsFromTheSeed) {
  const auto made = public_key_of(seed, "seed");
  ASSERT_TRUE(made) << made.error().line();
  EXPECT_EQ(*made, key);
}

TEST(ClusterNkey, ADamagedSeedIsRefusedAndNotShown) {
  for (std::size_t at = 0; at < seed.size(); ++at) {
    std::string damaged = seed;
    damaged[at] = damaged[at] == 'A' ? 'B' : 'A';
    const auto made = public_key_of(damaged, "seed");
    ASSERT_FALSE(made) << damaged;
    EXPECT_EQ(made.error().line().find(damaged), std::string::npos);
  }
}

TEST(ClusterNkey, WhatIsNoSeedIsRefused) {
  for (const std::string& text :
       {std::string{}, key, seed.substr(1), seed + "A", std::string("SU")})
    EXPECT_FALSE(public_key_of(text, "seed")) << text;
}

}  // namespace
}  // namespace postern::cluster
