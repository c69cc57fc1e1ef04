#include <cstddef>
#include <string_view>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "fuzz.hpp"

void postern::fuzz::run(std::string_view input) {
  char fast[253];
  const std::size_t length = normalise_ascii_domain(input, fast);
  const auto normal = normalise_domain(input);
  if (normal) {
    require(!normal->empty() && normal->size() <= 253, "a normal form has 1 to 253 octets");
    require(normalise_domain(*normal).value() == *normal, "a normal form is its own normal form");
    (void)display_domain(*normal);
  }
  if (length != 0) {
    require(normal && *normal == std::string_view(fast, length),
            "the fast way agrees with the thorough one");
  }
  (void)display_domain(input);
  require(is_valid_utf8(printable(input)), "printable text is UTF-8");
}
