#include "files/whole_file.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

namespace postern::files {
namespace {

namespace fs = std::filesystem;

class WholeFile : public ::testing::Test {
 protected:
  WholeFile() {
    std::string made = (fs::temp_directory_path() / "postern-files-XXXXXX").string();
    EXPECT_NE(::mkdtemp(made.data()), nullptr);
    folder_ = made;
  }
  ~WholeFile() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }
  static std::string content(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  static unsigned mode(const std::string& file) {
    return static_cast<unsigned>(fs::status(file).permissions());
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder_))
      out.push_back(entry.path().filename());
    return out;
  }

  fs::path folder_;
};

TEST_F(WholeFile, IsWrittenAndRead) {
  ASSERT_TRUE(write_whole(path("a"), "first"));
  EXPECT_EQ(read_whole(path("a"), 100).value(), "first");
  ASSERT_TRUE(write_whole(path("a"), std::string("\0\n", 2)));
  EXPECT_EQ(read_whole(path("a"), 100).value(), std::string("\0\n", 2));
  EXPECT_EQ(names(), std::vector<std::string>{"a"}) << "nothing is left beside it";
}

TEST_F(WholeFile, WhatKilledWritersLeftIsTakenAway) {
  const auto left = [&](const char* name) { std::ofstream(path(name)) << "half"; };
  left(".postern-a1B2c3");
  left(".postern-Zz9Yy8");
  left(".postern-longer-name");
  left("a.json");
  // Somebody is at work on this one.
  left(".postern-inwork");
  const int held = ::open(path(".postern-inwork").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(held, LOCK_EX | LOCK_NB), 0);
  fs::create_symlink("a.json", path(".postern-linked"));
  remove_leftovers(path("a.json"));
  auto there = names();
  std::sort(there.begin(), there.end());
  EXPECT_EQ(there, (std::vector<std::string>{".postern-inwork", ".postern-linked",
                                             ".postern-longer-name", "a.json"}));
  ::close(held);
  remove_leftovers(path("not there yet.json"));
  EXPECT_FALSE(fs::exists(path(".postern-inwork")));
  remove_leftovers(path("no such folder/a.json"));
}

// One writes all the time, the other takes away: no write is lost to it.
TEST_F(WholeFile, TakingAwayLeavesWritersAlone) {
  std::atomic<bool> done{false};
  std::thread cleaner([&] {
    while (!done)
      remove_leftovers(path("a"));
  });
  int failed = 0;
  for (int i = 0; i < 300; ++i)
    failed += write_whole(path("a"), std::to_string(i)) ? 0 : 1;
  done = true;
  cleaner.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(content(path("a")), "299");
}

TEST_F(WholeFile, IsWrittenInPieces) {
  std::string all;
  ASSERT_TRUE(write_pieces(path("a"), [&](const TakePiece& take) {
    for (int i = 0; i < 3000; ++i) {
      const std::string piece(static_cast<std::size_t>(i % 5 == 0 ? 70'000 : i),
                              static_cast<char>('a' + i % 26));
      all += i < 300 || i % 5 != 0 ? piece : "";
      if (i < 300 || i % 5 != 0) take(piece);
    }
  }));
  EXPECT_EQ(content(path("a")), all);
  EXPECT_EQ(names(), std::vector<std::string>{"a"});
}

TEST_F(WholeFile, HasTheModeThatItsUserExpects) {
  const mode_t before = ::umask(027);
  ASSERT_TRUE(write_whole(path("new"), "x"));
  ASSERT_TRUE(write_whole(path("secret"), "x", Access::owner));
  ::umask(before);
  EXPECT_EQ(mode(path("new")), 0640u);
  EXPECT_EQ(mode(path("secret")), 0600u);
  ::chmod(path("new").c_str(), 0604);
  ASSERT_TRUE(write_whole(path("new"), "y"));
  EXPECT_EQ(mode(path("new")), 0604u) << "a file that was there keeps its mode";
}

TEST_F(WholeFile, ReplacesWhatALinkLeadsToAndKeepsTheLink) {
  fs::create_directory(folder_ / "below");
  std::ofstream(path("below/real")) << "old";
  fs::create_symlink("below/real", path("link"));
  fs::create_symlink(path("link"), path("link-to-link"));
  ASSERT_TRUE(write_whole(path("link-to-link"), "new"));
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_TRUE(fs::is_symlink(path("link-to-link")));
  EXPECT_EQ(content(path("below/real")), "new");

  fs::create_symlink("below/not-there-yet", path("early"));
  ASSERT_TRUE(write_whole(path("early"), "now"));
  EXPECT_TRUE(fs::is_symlink(path("early")));
  EXPECT_EQ(content(path("below/not-there-yet")), "now");
}

TEST_F(WholeFile, WritesToAPipeInPlace) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  std::string read;
  std::thread reader([&] { read = content(path("pipe")); });
  EXPECT_TRUE(write_whole(path("pipe"), "through the pipe"));
  reader.join();
  EXPECT_EQ(read, "through the pipe");
  EXPECT_TRUE(fs::is_fifo(path("pipe")));
}

// "postern … --out /dev/stdout > file": the shell's file, not another of its name.
TEST_F(WholeFile, WritesToItsOwnStandardOutputInPlace) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const int file = ::open(path("shown").c_str(), O_WRONLY | O_CREAT, 0600);
    ::dup2(file, STDOUT_FILENO);
    bool fine = write_all(STDOUT_FILENO, "before ");
    fine = fine && write_whole("/dev/stdout", "the document ").has_value();
    fine = fine && write_all(STDOUT_FILENO, "after");
    ::_exit(fine ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(content(path("shown")), "before the document after");
}

TEST_F(WholeFile, SaysWhyItCannotBe) {
  EXPECT_EQ(write_whole(path("no/file"), "x").error().line(),
            path("no/file") +
                ": can't be written (No such file or directory); check that the "
                "folder exists and is writable");
  EXPECT_EQ(write_whole(folder_, "x").error().what, "is a folder");
  EXPECT_EQ(write_whole("/dev/full", "x").error().what,
            "can't be written (No space left on device)");
  EXPECT_EQ(read_whole(path("no"), 100).error().what, "can't be read (No such file or directory)");
  EXPECT_EQ(read_whole(folder_, 100).error().what, "can't be read (Is a directory)");
  ASSERT_TRUE(write_whole(path("large"), std::string((3u << 20) + 1, 'x')));
  EXPECT_EQ(read_whole(path("large"), 3u << 20).error().what, "is larger than 3 MB");
  EXPECT_TRUE(read_whole(path("large"), (3u << 20) + 1));
}

// A disk that fills up in the middle: here, a limit on the size of files.
TEST_F(WholeFile, StaysAsItWasWhereThereIsNoRoom) {
  ASSERT_TRUE(write_whole(path("a"), "the old one"));
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const rlimit small{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &small);
    std::signal(SIGXFSZ, SIG_IGN);
    const auto written = write_whole(path("a"), std::string(10'000, 'x'));
    const bool told = !written && written.error().what == "can't be written (File too large)";
    ::_exit(told ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(content(path("a")), "the old one");
  EXPECT_EQ(names(), std::vector<std::string>{"a"});
}

// Whenever the writer is killed, the file is whole: one of the two documents, never a part.
TEST_F(WholeFile, IsOneOrTheOtherWheneverItsWriterDies) {
  const std::string one(200'000, '1');
  const std::string two(200'000, '2');
  ASSERT_TRUE(write_whole(path("a"), one));
  for (unsigned round = 0; round < 30; ++round) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      for (;;) {
        (void)write_whole(path("a"), two);
        (void)write_whole(path("a"), one);
      }
    }
    ::usleep(200 * round);
    ::kill(child, SIGKILL);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    const std::string found = content(path("a"));
    ASSERT_TRUE(found == one || found == two) << found.size();
  }
}

}  // namespace
}  // namespace postern::files
