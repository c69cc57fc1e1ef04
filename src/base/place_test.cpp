#include "base/place.hpp"

#include <string>

#include <gtest/gtest.h>

#include "base/result.hpp"

namespace postern {
namespace {

TEST(Place, IsToldAsEachKindOfFileNamesIt) {
  EXPECT_EQ(Place("gate.toml", 3, 1).text(), "gate.toml:3:1");
  EXPECT_EQ(Place("trace.csv", 4, 0).text(), "trace.csv:4");
  EXPECT_EQ(Place("trace.csv", 0, 7).text(), "trace.csv") << "a column of no line says nothing";
  EXPECT_EQ(Place("export.json", "/OrganizationConfig/0").text(),
            "export.json#/OrganizationConfig/0");
  EXPECT_EQ(Place("tenant.toml", "cloud").text(), "tenant.toml: cloud");
  EXPECT_EQ(Place("live:contoso, Get-Mailbox").text(), "live:contoso, Get-Mailbox");
}

TEST(Place, IsEmptyWhereNothingIsKnown) {
  EXPECT_TRUE(Place().empty());
  EXPECT_EQ(Place().text(), "");
  EXPECT_FALSE(Place("a").empty());
  EXPECT_FALSE(Place("", 1, 1).empty());
}

TEST(Place, StandsBeforeWhatIsWrong) {
  const Error error{"RejectDirectSend is no flag", {"tenant.toml", 2, 9}, "write true or false"};
  EXPECT_EQ(error.line(), "tenant.toml:2:9: RejectDirectSend is no flag; write true or false");
  EXPECT_EQ(error.where.file, "tenant.toml");
  EXPECT_EQ(error.where.line, 2u);
  EXPECT_EQ(error.where.column, 9u);
  EXPECT_EQ((Error{"is full", {}, {}}.line()), "is full");
  EXPECT_EQ((Error{"is\nfull", "a\x1b", {}}.line()), "a?: is?full");
}

}  // namespace
}  // namespace postern
