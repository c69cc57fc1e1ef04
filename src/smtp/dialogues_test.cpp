// Plays tests/dialogues/*.smtp, whole and cut behind each octet.
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "smtp/testing/dialogue.hpp"

namespace postern::smtp {
namespace {

std::vector<Dialogue> all_dialogues() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(POSTERN_SOURCE_DIR "/tests/dialogues")) {
    if (entry.path().extension() == ".smtp") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Dialogue> dialogues;
  for (const auto& path : paths) {
    auto read = read_dialogues(path.string());
    EXPECT_TRUE(read) << (read ? "" : read.error().line());
    if (read) dialogues.insert(dialogues.end(), read->begin(), read->end());
  }
  return dialogues;
}

TEST(Dialogues, EachHolds) {
  const auto dialogues = all_dialogues();
  EXPECT_GE(dialogues.size(), 60u);
  for (const Dialogue& dialogue : dialogues) {
    EXPECT_EQ(play(dialogue, 0), "") << dialogue.title;
  }
}

TEST(Dialogues, EachHoldsCutBehindEachOctet) {
  for (const Dialogue& dialogue : all_dialogues()) {
    if (dialogue.once) continue;
    const std::size_t longest = longest_group(dialogue);
    for (std::size_t cut = 1; cut < longest; ++cut) {
      ASSERT_EQ(play(dialogue, cut), "") << dialogue.title << ", cut behind octet " << cut;
    }
    EXPECT_EQ(play(dialogue, single_octets), "") << dialogue.title << ", octet by octet";
  }
}

TEST(Dialogues, HaveTitlesOfTheirOwn) {
  std::set<std::string> titles;
  for (const Dialogue& dialogue : all_dialogues())
    EXPECT_TRUE(titles.insert(dialogue.title).second) << dialogue.title;
}

}  // namespace
}  // namespace postern::smtp
