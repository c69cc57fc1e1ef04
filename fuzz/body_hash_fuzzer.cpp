// A body in pieces and whole has one hash, and its relaxed form is its own relaxed form.
#include <string>

#include "auth/body_hash.hpp"
#include "fuzz.hpp"

namespace {

using postern::auth::BodyCanonicaliser;
using postern::auth::Canonicalisation;

BodyCanonicaliser hash_of(const postern::auth::Crypto& crypto, std::string_view body,
                          Canonicalisation form, std::size_t piece) {
  BodyCanonicaliser out(crypto, form, {});
  for (std::size_t at = 0; at < body.size(); at += piece)
    out.add(body.substr(at, piece));
  out.finish();
  return out;
}

}  // namespace

void postern::fuzz::run(std::string_view input) {
  static const auth::Crypto crypto;
  if (input.empty()) return;
  const std::size_t piece = 1 + static_cast<unsigned char>(input.front()) % 7;
  const std::string_view body = input.substr(1);
  for (const auto form : {Canonicalisation::simple, Canonicalisation::relaxed}) {
    const auto whole = hash_of(crypto, body, form, body.size() + 1);
    const auto pieces = hash_of(crypto, body, form, piece);
    require(whole.digest() == pieces.digest(), "the size of the pieces does not matter");
    require(whole.octets() == pieces.octets(), "nor to the length");
    // A bare LF becomes CRLF, and an end that lacks a line break gets one.
    require(whole.octets() <= 2 * body.size() + 2, "a body at most doubles");
    const auto more = hash_of(crypto, std::string(body) + "\r\n\r\n", form, body.size() + 8);
    const bool ends_line = body.empty() || body.back() == '\n';
    require(!ends_line || more.digest() == whole.digest(), "empty lines at the end do not count");
  }
}
