#include "base/domain.hpp"

#include <gtest/gtest.h>

namespace postern {
namespace {

TEST(Domain, NormalFormIsLowerCaseALabelsWithoutTrailingDot) {
  EXPECT_EQ(*normalise_domain("Contoso.COM."), "contoso.com");
  EXPECT_EQ(*normalise_domain("  contoso.com "), "contoso.com");
  EXPECT_EQ(*normalise_domain("bücher.example"), "xn--bcher-kva.example");
  EXPECT_EQ(*normalise_domain("BÜCHER.example"), "xn--bcher-kva.example");
  EXPECT_EQ(*normalise_domain("bu\u0308cher.example"), "xn--bcher-kva.example");  // decomposed ü
  EXPECT_EQ(*normalise_domain("straße.example"), "xn--strae-oqa.example");  // IDNA2008, not "ss"
  EXPECT_EQ(*normalise_domain("_spf.contoso.com"), "_spf.contoso.com");
}

TEST(Domain, RefusesWhatIsNotADomain) {
  for (const std::string name : {"", ".", "a..b", ".contoso.com", "contoso.com..", "con toso.com",
                                 "a@b", "contoso.com\x01", "\xff\xfe.com"}) {
    EXPECT_FALSE(normalise_domain(name)) << name;
  }
  EXPECT_FALSE(normalise_domain(std::string(64, 'a') + ".com"));
  EXPECT_TRUE(normalise_domain(std::string(63, 'a') + ".com"));
  std::string longest;
  while (longest.size() < 250)
    longest += "abcdefghi.";
  EXPECT_TRUE(normalise_domain(longest.substr(0, 249)));
  EXPECT_FALSE(normalise_domain(longest + "abcdefghi.com"));
}

TEST(Domain, SubdomainsEndAtALabel) {
  EXPECT_TRUE(is_same_or_subdomain("contoso.com", "contoso.com"));
  EXPECT_TRUE(is_same_or_subdomain("mail.contoso.com", "contoso.com"));
  EXPECT_FALSE(is_same_or_subdomain("evilcontoso.com", "contoso.com"));
  EXPECT_FALSE(is_same_or_subdomain("com", "contoso.com"));
}

TEST(Domain, TheLastAtSignSeparates) {
  EXPECT_EQ(domain_of_address("\"a@b\"@contoso.com"), "contoso.com");
  EXPECT_EQ(domain_of_address("postmaster"), "");
}

}  // namespace
}  // namespace postern
