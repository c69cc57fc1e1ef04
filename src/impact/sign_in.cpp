#include "impact/sign_in.hpp"

#include <cstdint>

#include <fmt/format.h>

#include "base/numbers.hpp"

namespace postern::impact {
namespace {

// Exchange Team blog, "Pay as you go for High Volume Email" (billing from 2026-06-01).
constexpr double dollars_a_million = 42;

std::string price_of(std::uint64_t deliveries) {
  const double dollars = static_cast<double>(deliveries) * dollars_a_million / 1e6;
  return dollars < 0.01 ? std::string("less than a cent")
                        : fmt::format("{:.2f} US dollars", dollars);
}

}  // namespace

// Exchange Team blog, "Updated Exchange Online SMTP AUTH Basic Authentication Deprecation Timeline"
// (2026-01-27): off by default for existing tenants at the end of December 2026, never there for
// tenants made later; OAuth stays. "Manage high volume emails": internal recipients only, passwords
// until September 2028, smtp.hve.mx.microsoft; works where SMTP AUTH is off for the organisation.
std::string sign_in_advice(const Sender& sender) {
  std::string out =
      "let it sign in: SMTP AUTH with OAuth (a password alone stops at the end of December 2026, "
      "when Microsoft turns that off by default)";
  if (sender.writes_outside > 0) {
    return out +
           fmt::format(
               "; High Volume Email is not for it, since it also writes to recipients outside "
               "({} seen)",
               counted(sender.writes_outside, "message"));
  }
  return out +
         fmt::format(
             ", or High Volume Email at smtp.hve.mx.microsoft, which takes recipients of your "
             "own alone, a password until September 2028, and 42 US dollars a million "
             "recipients: {} for the {} seen here",
             price_of(sender.messages), counted(sender.messages, "message"));
}

}  // namespace postern::impact
