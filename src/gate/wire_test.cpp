#include "gate/wire.hpp"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <gtest/gtest.h>

namespace postern::gate {
namespace {

using namespace std::chrono_literals;

Clock::time_point moved_clock;
Clock::time_point the_clock() {
  return moved_clock;
}

// A wire and the other end of its socket pair.
class WireTest : public testing::Test {
 protected:
  WireTest() {
    moved_clock = Clock::time_point(1000h);
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    wire_ = std::make_unique<Wire>(deadlines_, Socket(loop_, {AF_UNIX, 0}, ends[0]));
    peer_ = ends[1];
  }
  ~WireTest() override {
    if (peer_ >= 0) ::close(peer_);
  }

  void run() {
    loop_.restart();
    loop_.poll();
  }
  void pass(Clock::duration time) {
    moved_clock += time;
    deadlines_.sweep();
    run();
  }
  void say(const std::string& octets) {
    ASSERT_EQ(::send(peer_, octets.data(), octets.size(), 0), static_cast<ssize_t>(octets.size()));
  }
  // Begins a read of at most ten seconds; `got_` is its result, once it has one.
  void begin_read() {
    got_.reset();
    asio::co_spawn(
        loop_,
        [this]() -> Awaitable<void> {
          std::array<char, 100> block;
          got_ = co_await wire_->read(block, wire_->within(10s));
        },
        asio::detached);
    run();
  }

  asio::io_context loop_{1};
  Deadlines deadlines_{&the_clock};
  std::unique_ptr<Wire> wire_;
  int peer_ = -1;
  std::optional<std::size_t> got_;
};

TEST_F(WireTest, GivesWhatComes) {
  begin_read();
  EXPECT_FALSE(got_);
  say("hello");
  run();
  EXPECT_EQ(got_, 5u);
  EXPECT_EQ(wire_->end(), Wire::End::none);
}

TEST_F(WireTest, AWaitEndsAtItsDeadline) {
  begin_read();
  pass(9s);
  EXPECT_FALSE(got_);
  pass(2s);
  EXPECT_EQ(got_, 0u);
  EXPECT_EQ(wire_->end(), Wire::End::expired);
}

TEST_F(WireTest, AWireThatNobodyWaitsOnHasNoDeadline) {
  begin_read();
  say("x");
  run();
  ASSERT_EQ(got_, 1u);
  pass(1h);
  EXPECT_EQ(wire_->end(), Wire::End::none);
  begin_read();
  pass(9s);
  say("still here");
  run();
  EXPECT_EQ(got_, 10u);
}

TEST_F(WireTest, OnlyAWaitCanBeCalledOff) {
  wire_->call_off();
  EXPECT_EQ(wire_->end(), Wire::End::none);
  begin_read();
  wire_->call_off();
  run();
  EXPECT_EQ(got_, 0u);
  EXPECT_EQ(wire_->end(), Wire::End::expired);
  wire_->forgive();
  EXPECT_EQ(wire_->end(), Wire::End::none);
}

TEST_F(WireTest, TellsOctetsFromTheEnd) {
  EXPECT_EQ(wire_->input(), Wire::Input::none);
  say("x");
  EXPECT_EQ(wire_->input(), Wire::Input::octets);
  begin_read();
  ::close(std::exchange(peer_, -1));
  EXPECT_EQ(wire_->input(), Wire::Input::end);
  begin_read();
  EXPECT_EQ(got_, 0u);
  EXPECT_EQ(wire_->end(), Wire::End::closed);
}

TEST_F(WireTest, AWriteThatNobodyReadsEndsAtItsDeadline) {
  std::optional<bool> written;
  asio::co_spawn(
      loop_,
      [&]() -> Awaitable<void> {
        const std::string much(8u << 20, 'x');
        written = co_await wire_->write(much, wire_->within(10s));
      },
      asio::detached);
  run();
  EXPECT_FALSE(written);
  pass(11s);
  EXPECT_EQ(written, false);
  EXPECT_EQ(wire_->end(), Wire::End::expired);
}

TEST_F(WireTest, APeerThatAlwaysHasOctetsLetsOthersHaveTheirTurn) {
  constexpr std::size_t all = 150000;
  say(std::string(all, 'x'));
  std::size_t read = 0;
  std::size_t read_before_the_others_turn = 0;
  asio::co_spawn(
      loop_,
      [&]() -> Awaitable<void> {
        asio::post(loop_, [&] { read_before_the_others_turn = read; });
        std::array<char, 1000> block;
        while (read < all) {
          const std::size_t got = co_await wire_->read(block, wire_->within(10s));
          if (got == 0) co_return;
          read += got;
        }
      },
      asio::detached);
  run();
  EXPECT_EQ(read, all);
  EXPECT_LE(read_before_the_others_turn, 65536u + 1000u);
}

}  // namespace
}  // namespace postern::gate
