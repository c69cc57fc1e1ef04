// A plan or record from a file: refused or read, and what is read is written back the same.
#include "fuzz.hpp"
#include "plan/record.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace postern;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (const auto record = plan::read_record(text, "f")) {
    const std::string once = plan::to_json(*record);
    const auto again = plan::read_record(once, "f");
    if (!again || plan::to_json(*again) != once) __builtin_trap();
  }
  if (const auto plan = plan::read_plan(text, "f")) {
    (void)plan::apply_script(*plan);
    (void)plan::undo_script(*plan);
  }
  return 0;
}
