// That the difference is exact: planes against the full product, random mail against both rules,
// and faults put in on purpose, which the same checks must find.
#include <cstddef>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "difference/testing/checked_pair.hpp"
#include "policy/testing/naive_rule.hpp"

namespace postern::difference {
namespace {

using policy::Submission;
using policy::Tenant;

constexpr std::uint64_t pairs = 250;

struct Two {
  explicit Two(std::uint64_t seed)
      : before(random_tenant(seed)), after(another_tenant(before, seed + 1'000'000)) {}
  Tenant before, after;
};

TEST(Exactness, PlanesAreTheFullProduct) {
  for (std::uint64_t seed = 0; seed < pairs; ++seed) {
    const Two two(seed);
    ASSERT_EQ(CheckedPair(two.before, two.after).product_contradiction(), "") << seed;
  }
}

TEST(Exactness, StatementsSayWhatTheTableHoldsAndNoMore) {
  std::size_t statements = 0;
  std::size_t by_cause = 0;
  for (std::uint64_t seed = 0; seed < pairs; ++seed) {
    const Two two(seed);
    const CheckedPair checked(two.before, two.after);
    ASSERT_EQ(checked.statements_contradiction(), "") << seed;
    ASSERT_EQ(checked.witness_contradiction(), "") << seed;
    statements += checked.told.size();
    for (const Told& told : checked.told)
      by_cause += told.statement.by_cause ? 1 : 0;
  }
  EXPECT_GT(statements, pairs);
  EXPECT_LT(by_cause, statements / 4) << "most differences must be told by boxes";
}

TEST(Exactness, RandomMailNeverContradictsIt) {
  std::size_t differing = 0;
  for (std::uint64_t seed = 0; seed < pairs; ++seed) {
    const Two two(seed);
    const CheckedPair checked(two.before, two.after);
    const auto rule = checked.rule();
    EdgeMail mail(two.before, two.after, seed);
    for (int i = 0; i < 400; ++i) {
      const Submission& s = mail.next();
      ASSERT_EQ(checked.contradiction(s, rule), "") << seed;
      differing += checked.differs_at(s, rule) ? 1 : 0;
    }
  }
  EXPECT_GT(differing, 10'000u) << "the mail must meet differences, or agreement means little";
}

TEST(Exactness, TheNaiveRuleDoesNotContradictItEither) {
  for (std::uint64_t seed = 0; seed < pairs; ++seed) {
    const Two two(seed);
    const CheckedPair checked(two.before, two.after);
    const CheckedPair::Rule naive = [&](std::size_t side, const Submission& s) {
      return policy::decide_naively({side == 0 ? two.before : two.after}, s);
    };
    EdgeMail mail(two.before, two.after, seed + 7);
    for (int i = 0; i < 60; ++i)
      ASSERT_EQ(checked.contradiction(mail.next(), naive), "") << seed;
  }
}

// How many of some pairs a check finds fault with.
template <class Rule>
std::size_t found_by_mail(Rule faulty) {
  std::size_t found = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Two two(seed);
    const CheckedPair checked(two.before, two.after);
    const auto rule = checked.rule();
    EdgeMail mail(two.before, two.after, seed);
    bool caught = false;
    for (int i = 0; i < 2000 && !caught; ++i) {
      caught = !checked
                    .contradiction(mail.next(),
                                   [&](std::size_t side, const Submission& s) {
                                     return faulty(rule, side, s);
                                   })
                    .empty();
    }
    found += caught ? 1 : 0;
  }
  return found;
}

TEST(Exactness, ARuleThatIgnoresTlsIsCaught) {
  EXPECT_GT(found_by_mail([](const auto& rule, std::size_t side, Submission s) {
              s.tls = policy::Known::yes;
              return rule(side, s);
            }),
            5u);
}

TEST(Exactness, ARuleThatIgnoresCertificatesAfterwardsIsCaught) {
  EXPECT_GT(found_by_mail([](const auto& rule, std::size_t side, Submission s) {
              if (side == 1) s.certificate.trusted = false;
              return rule(side, s);
            }),
            5u);
}

TEST(Exactness, ABlockThatEndsOneEarlierIsCaught) {
  EXPECT_GT(found_by_mail([](const auto& rule, std::size_t side, Submission s) {
              if (side == 1) s.client_ip = IpAddress::from_key(s.client_ip->key() + 1);
              return rule(side, s);
            }),
            5u);
}

TEST(Exactness, ARuleThatTakesSubdomainsForTheirParentIsCaught) {
  EXPECT_GT(found_by_mail([](const auto& rule, std::size_t side, Submission s) {
              if (side == 1 && s.reverse_path.domain.starts_with("x.")) {
                s.reverse_path.domain.remove_prefix(2);
              }
              return rule(side, s);
            }),
            5u);
}

TEST(Exactness, AStatementLostIsCaught) {
  std::size_t found = 0;
  std::size_t tried = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Two two(seed);
    CheckedPair checked(two.before, two.after);
    if (checked.told.empty() || checked.told.back().statement.by_cause) continue;
    ++tried;
    checked.told.pop_back();
    found += checked.statements_contradiction().empty() ? 0 : 1;
  }
  EXPECT_GT(tried, 20u);
  EXPECT_EQ(found, tried);
}

}  // namespace
}  // namespace postern::difference
