#include "ledger/record.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "base/domain.hpp"

namespace postern::ledger {

std::string_view name_of(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::would_refuse:
      return "would_refuse";
    case Outcome::exception:
      return "exception";
    case Outcome::undetermined:
      return "undetermined";
    case Outcome::refused:
      break;
  }
  return "refused";
}

std::string_view name_of(Mode mode) noexcept {
  switch (mode) {
    case Mode::observe:
      return "observe";
    case Mode::tenant:
      return "tenant";
    case Mode::off:
      return "off";
    case Mode::enforce:
      break;
  }
  return "enforce";
}

std::string_view name_of(Stage stage) noexcept {
  return stage == Stage::data ? "data" : "rcpt";
}

bool is_of_the_rule(const Record& record) noexcept {
  for (unsigned i = 0; i <= static_cast<unsigned>(policy::Reason::missing_facts); ++i) {
    if (policy::name_of(static_cast<policy::Reason>(i)) == record.reason) return true;
  }
  return false;
}

std::string_view read_as(const Record& record) {
  if (record.judged_as.empty()) return {};
  const auto stands = normalise_domain(domain_of_address(record.sender));
  return stands && *stands == record.judged_as ? std::string_view{} : record.judged_as;
}

std::string text_of(const Missing& missing) {
  std::vector<std::string_view> names = policy::names_of(missing.facts);
  if (missing.authentication) names.emplace_back("authentication of the message");
  std::string out;
  for (const std::string_view name : names) {
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out;
}

}  // namespace postern::ledger
