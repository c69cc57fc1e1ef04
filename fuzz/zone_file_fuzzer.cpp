#include <string_view>

#include "auth/zone_file.hpp"
#include "fuzz.hpp"

void postern::fuzz::run(std::string_view input) {
  auth::MemoryZone zone;
  const auto read = auth::read_zone(input, "f", zone);
  if (!read) require(!read.error().what.empty(), "an error says what is wrong");
  (void)zone.answer("contoso.com", auth::RecordType::txt);
}
