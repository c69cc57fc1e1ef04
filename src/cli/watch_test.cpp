#include "cli/watch.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdlib.h>
#include <string>

#include <gtest/gtest.h>

namespace postern::cli {
namespace {

TEST(Watch, WhatComesWhileTheFirstReportIsMadeIsReportedToo) {
  std::string folder = (std::filesystem::temp_directory_path() / "watch-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  int reports = 0;
  watch({folder}, std::chrono::seconds(0), [&] {
    if (++reports == 1) std::ofstream(folder + "/late.csv") << "a row\n";
    return reports < 2;
  });
  EXPECT_EQ(reports, 2);
  std::filesystem::remove_all(folder);
}

TEST(Watch, EndsWhereTheFirstReportCanNotBeMade) {
  int reports = 0;
  watch({"."}, std::chrono::seconds(0), [&] {
    ++reports;
    return false;
  });
  EXPECT_EQ(reports, 1);
}

}  // namespace
}  // namespace postern::cli
