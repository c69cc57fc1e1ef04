#include "gate/record.hpp"

namespace postern::gate {

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

}  // namespace postern::gate
