#include "gate/systemd.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace postern::gate {
namespace {

TEST(PassedSockets, AreNoneWhereTheyAreMeantForAnother) {
  EXPECT_TRUE(passed_sockets({}, 10)->empty());
  EXPECT_TRUE(passed_sockets({{"LISTEN_PID", "11"}, {"LISTEN_FDS", "1"}}, 10)->empty());
  EXPECT_TRUE(passed_sockets({{"LISTEN_PID", "10x"}, {"LISTEN_FDS", "1"}}, 10)->empty());
  EXPECT_TRUE(passed_sockets({{"LISTEN_PID", "10"}, {"LISTEN_FDS", "0"}}, 10)->empty());
  EXPECT_TRUE(passed_sockets({{"LISTEN_PID", "10"}, {"LISTEN_FDS", "-3"}}, 10)->empty());
  EXPECT_FALSE(passed_sockets({{"LISTEN_PID", "10"}, {"LISTEN_FDS", "1000"}}, 10));
}

TEST(Notify, ReachesTheSocketByPathAndByAbstractName) {
  const std::string path = testing::TempDir() + "/notify." + std::to_string(::getpid());
  for (const std::string& name : {path, "@postern-test." + std::to_string(::getpid())}) {
    const int receiver = ::socket(AF_UNIX, SOCK_DGRAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, sizeof address.sun_path - 1);
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    ASSERT_EQ(::bind(receiver, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_TRUE(notify(name, "READY=1"));
    char got[20] = {};
    EXPECT_EQ(::recv(receiver, got, sizeof got, MSG_DONTWAIT), 7);
    EXPECT_STREQ(got, "READY=1");
    ::close(receiver);
  }
  ::unlink(path.c_str());
  EXPECT_FALSE(notify("", "READY=1"));
  EXPECT_FALSE(notify("relative", "READY=1"));
  EXPECT_FALSE(notify(path, "READY=1")) << "nobody listens";
}

}  // namespace
}  // namespace postern::gate
