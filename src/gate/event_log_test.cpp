#include "gate/event_log.hpp"

#include <algorithm>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

namespace postern::gate {
namespace {

UnixTime noon() {
  return 1795521600;
}

std::string read_all(int descriptor) {
  std::string out;
  char block[4096];
  while (const ssize_t got = ::read(descriptor, block, sizeof block)) {
    if (got < 0) break;
    out.append(block, static_cast<std::size_t>(got));
  }
  return out;
}

TEST(EventLog, WritesOneObjectALineWithoutControls) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  {
    EventLog log(ends[1], noon);
    log.write(LogLine("refused")
                  .add("helo", "a\"b\\c\r\n\x1b")
                  .add("size", std::int64_t{7})
                  .add("ok", true)
                  .add_if("empty", ""));
  }
  ::close(ends[1]);
  EXPECT_EQ(read_all(ends[0]),
            "{\"time\":\"2026-11-24T12:00:00Z\",\"event\":\"refused\",\"helo\":\"a\\\"b\\\\c"
            "  \xef\xbf\xbd\",\"size\":7,\"ok\":true}\n");
  ::close(ends[0]);
}

TEST(EventLog, NobodyWaitsForASlowReader) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  std::string read;
  std::thread reader;
  std::uint64_t dropped = 0;
  {
    EventLog log(ends[1], noon);
    const std::string text(1000, 'x');
    for (int i = 0; i < 20000; ++i)
      log.write(LogLine("e").add("t", text));
    dropped = log.dropped();
    // What is left is written at the end, so somebody must read from now on.
    reader = std::thread([&] { read = read_all(ends[0]); });
  }
  ::close(ends[1]);
  reader.join();
  ::close(ends[0]);
  EXPECT_GT(dropped, 0u);
  EXPECT_EQ(static_cast<std::uint64_t>(std::count(read.begin(), read.end(), '\n')),
            20000 - dropped);
}

}  // namespace
}  // namespace postern::gate
