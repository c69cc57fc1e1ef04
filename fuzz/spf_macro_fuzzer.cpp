#include <cstddef>
#include <string>
#include <string_view>

#include "auth/spf_macro.hpp"
#include "base/ascii.hpp"
#include "fuzz.hpp"

// The text, then lines for the local part, the domain and HELO.
void postern::fuzz::run(std::string_view input) {
  std::string_view lines[4];
  for (std::string_view& line : lines) {
    const std::size_t end = input.find('\n');
    line = input.substr(0, end);
    input = end == std::string_view::npos ? std::string_view{} : input.substr(end + 1);
  }
  auth::SpfMacroValues values;
  values.local_part = lines[1];
  values.sender_domain = values.domain = lines[2];
  values.helo = lines[3];
  values.validated = "a.example";
  for (const auto place : {auth::SpfMacroPlace::domain, auth::SpfMacroPlace::modifier,
                           auth::SpfMacroPlace::explanation}) {
    if (!auth::spf_macro_fault(lines[0], place).empty()) continue;
    for (const char* ip : {"192.0.2.1", "2001:db8::1"}) {
      values.ip = IpAddress::parse(ip).value();
      const std::string out = auth::expand_spf_macros(lines[0], values, place);
      require(out.size() < 65536 + 3 * 16384 + 100, "an expansion is bounded");
      if (place == auth::SpfMacroPlace::domain) {
        require(out.size() <= 253 || out.find('.') == std::string::npos,
                "a long name loses its labels on the left");
      }
      auth::SpfMacroValues other = values;
      other.validated = "b.example";
      require(auth::uses_validated_name(lines[0]) ||
                  auth::expand_spf_macros(lines[0], other, place) == out,
              "what depends on the validated name says so");
    }
  }
}
