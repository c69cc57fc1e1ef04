#include "cli/reading_progress.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace postern::cli {
namespace {

using Seconds = std::chrono::duration<double>;

class Reading : public ::testing::Test {
 protected:
  Reading() { std::filesystem::create_directories(folder_); }
  ~Reading() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name, std::size_t octets) {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path) << std::string(octets, 'x');
    return path;
  }

  std::string folder_ = "reading_progress_test.folder";
};

// The part of the line behind the file's name.
std::string told(const ReadingProgress& progress, std::uint64_t bytes, double seconds) {
  const std::string line = progress.line(bytes, Seconds(seconds));
  return line.substr(line.find(": ") + 2);
}

TEST_F(Reading, TellsTheWholeAndTheTimeLeft) {
  const std::vector<std::string> files = {file("a", 1'000'000), file("b", 3'000'000)};
  ReadingProgress progress(files);
  EXPECT_EQ(told(progress, 0, 0), "0 of 4 MB (0 %)");
  progress.begin(1);
  EXPECT_EQ(told(progress, 1'000'000, 10), "2 of 4 MB (50 %), about 10 s left");
}

TEST_F(Reading, ClaimsNoWholeThatItDoesNotKnow) {
  const std::vector<std::string> piped = {file("a", 1'000'000), "-"};
  EXPECT_EQ(told(ReadingProgress(piped), 500'000, 10), "0 MB");
  const std::vector<std::string> packed = {file("a.zip", 1'000'000)};
  EXPECT_EQ(told(ReadingProgress(packed), 7'000'000, 10), "7 MB") << "unpacked, it is larger";
}

}  // namespace
}  // namespace postern::cli
