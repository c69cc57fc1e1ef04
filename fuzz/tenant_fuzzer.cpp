#include <string_view>

#include "fuzz.hpp"
#include "tenant/load.hpp"

void postern::fuzz::run(std::string_view input) {
  const auto tenant = tenant::parse(input, "input");
  if (!tenant) require(!tenant.error().what.empty(), "an error says what is wrong");
}
