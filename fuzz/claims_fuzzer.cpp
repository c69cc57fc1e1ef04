#include <string>
#include <string_view>

#include "base/base64.hpp"
#include "exchange/claims.hpp"
#include "fuzz.hpp"

using namespace postern;

void postern::fuzz::run(std::string_view input) {
  (void)exchange::read_claims(input);
  // The payload is what can be anything: the same input as JSON inside a well-formed token.
  const std::string encoded = encode_base64url(input);
  require(decode_base64url(encoded) == std::string(input), "base64url reads back");
  (void)exchange::read_claims("e30." + encoded + ".c2ln");
  if (const auto bytes = decode_base64url(input)) {
    require(encode_base64url(*bytes).size() == input.size(), "as long as before");
  }
}
