// A plan or a record from a file: refused or read, and what is read is written back the same.
// Sealed anew, since no input made by chance has its own seal.
#include <string>
#include <string_view>

#include "fuzz.hpp"
#include "plan/record.hpp"
#include "plan/testing/sealed.hpp"

namespace postern::fuzz {

void run(std::string_view text) {
  (void)plan::read_record(text, "f");
  const std::string input = plan::testing::resealed(text);
  if (const auto record = plan::read_record(input, "f")) {
    const std::string once = plan::to_json(*record);
    const auto again = plan::read_record(once, "f");
    require(again.has_value(), "what was written is read");
    require(plan::to_json(*again) == once, "and is the same");
  }
  if (const auto plan = plan::read_plan(input, "f")) {
    const auto script = plan::apply_script(*plan);
    if (script) require(script->find('\r') == std::string::npos, "a script holds no CR");
    (void)plan::undo_script(*plan);
  }
}

}  // namespace postern::fuzz
