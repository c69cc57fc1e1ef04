#include <string_view>

#include "auth/srs.hpp"
#include "base/ascii.hpp"
#include "fuzz.hpp"

void postern::fuzz::run(std::string_view input) {
  constexpr UnixTime now = 1'700'000'000;
  static const auth::Srs srs = [] {
    auth::SrsOptions options;
    options.domain = "forwarder.example";
    options.own_domains = {"own.example"};
    options.secrets = {"one secret", "an older one"};
    return auth::Srs::make(options).value();
  }();
  if (const auto reversed = srs.reverse(input, now)) {
    require(srs.is_ours(input), "what is reversed is ours");
  }
  const auto forwarded = srs.forward(input, now);
  if (!forwarded || *forwarded == input) return;
  require(forwarded->size() <= 254, "a path is no longer than it may be");
  require(srs.is_ours(*forwarded), "what is rewritten is ours");
  const auto back = srs.reverse(*forwarded, now);
  require(back.has_value(), "what is rewritten comes back");
  require(!srs.reverse(*forwarded, now + 30 * 86400) || istarts_with(*forwarded, "srs1") ||
              istarts_with(*forwarded, "\"srs1"),
          "an address of SRS0 grows old");
  const bool is_plain =
      !istarts_with(input, "srs") && input.find('"') == std::string_view::npos && (*back)[0] != '"';
  require(!is_plain || *back == input, "a plain address comes back as it was");
}
