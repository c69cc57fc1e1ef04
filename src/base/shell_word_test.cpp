#include "base/shell_word.hpp"

#include <array>
#include <cstdio>
#include <string>

#include <gtest/gtest.h>

namespace postern {
namespace {

// What sh makes of it.
std::string read_by_sh(const std::string& word) {
  const std::string command = "printf %s " + word;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return "no sh";
  std::string out;
  std::array<char, 256> block;
  while (const std::size_t got = std::fread(block.data(), 1, block.size(), pipe))
    out.append(block.data(), got);
  ::pclose(pipe);
  return out;
}

TEST(ShellWord, IsReadBackByTheShell) {
  for (const std::string text : {"", "plain.csv", "two words", "it's", "'", "$(touch x)", "`id`",
                                 "a\\b", "*", "~", "!x", "-rf", "a;b|c&d", "\"q\"", "#x", "é"}) {
    EXPECT_EQ(read_by_sh(shell_word(text)), text) << shell_word(text);
  }
}

TEST(ShellWord, StaysBareWhereItCan) {
  EXPECT_EQ(shell_word("evidence/trace-2026.csv"), "evidence/trace-2026.csv");
  EXPECT_EQ(shell_word("a\nb").find('\n'), std::string::npos);
}

}  // namespace
}  // namespace postern
