// A signature field and, behind a NUL, a key record: read, written again, read again.
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "auth/dkim_signature.hpp"
#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/domain.hpp"
#include "fuzz.hpp"

namespace {

using namespace postern;

void check_tags(std::string_view text) {
  const auto tags = auth::TagList::parse(text);
  if (!tags) {
    fuzz::require(!tags.error().what.empty(), "a fault is named");
    return;
  }
  fuzz::require(!tags->tags().empty() && tags->tags().size() <= auth::TagList::most_tags,
                "the number of tags is bounded");
  std::string written;
  for (const auth::Tag& tag : tags->tags()) {
    fuzz::require(tags->find(tag.name) == &tag, "no tag stands twice");
    fuzz::require(tag.value.find(';') == std::string_view::npos, "a value ends at a semicolon");
    written += std::string(tag.name) + " =\r\n\t" + std::string(tag.value) + "; ";
  }
  const auto again = auth::TagList::parse(written);
  fuzz::require(again && again->tags().size() == tags->tags().size(), "a list can be written");
  for (std::size_t i = 0; i < tags->tags().size(); ++i) {
    fuzz::require(again->tags()[i].name == tags->tags()[i].name &&
                      again->tags()[i].value == tags->tags()[i].value,
                  "space around tags changes nothing");
  }
}

void check_signature(std::string_view text) {
  const auto tags = auth::TagList::parse(text);
  if (!tags) return;
  auth::DkimSignature signature;
  const auto fault = auth::read_signature(*tags, signature);
  if (fault) {
    fuzz::require(!fault->what.empty(), "a fault is named");
    return;
  }
  fuzz::require(normalise_domain(signature.domain) == signature.domain, "d= is in normal form");
  fuzz::require(!signature.selector.empty() && !signature.signature.empty(), "b= and s= are there");
  const bool sha1 = signature.algorithm == auth::Algorithm::rsa_sha1;
  fuzz::require(signature.body_hash.size() == (sha1 ? 20u : 32u), "bh= is a hash");
  fuzz::require(signature.signed_fields.size() <= 500, "h= is bounded");
  fuzz::require(std::any_of(signature.signed_fields.begin(), signature.signed_fields.end(),
                            [](const std::string& name) { return iequals(name, "from"); }),
                "From is signed");
  const auto identity = normalise_domain(domain_of_address(signature.identity));
  fuzz::require(identity && is_same_or_subdomain(*identity, signature.domain), "i= is within d=");
  fuzz::require(!signature.expires_at || !signature.signed_at ||
                    *signature.expires_at >= *signature.signed_at,
                "x= is not before t=");
}

}  // namespace

void postern::fuzz::run(std::string_view input) {
  const std::size_t end = input.find('\0');
  const std::string_view field = input.substr(0, end);
  const std::string_view record =
      end == std::string_view::npos ? std::string_view{} : input.substr(end + 1);
  check_tags(field);
  check_tags(record);
  check_signature(field);

  static auth::Crypto crypto;
  const auto key = auth::parse_key_record(record);
  if (!key || key->public_key.empty()) return;
  if (const auto octets = decode_base64(key->public_key)) {
    // The key may lack its padding.
    require(encode_base64(*octets).starts_with(key->public_key), "base64 has one form");
  }
  const auto made = crypto.public_key(key->type, key->public_key);
  require(made.has_value() == crypto.public_key(key->type, key->public_key).has_value(),
          "a key that is kept is the key");
  if (!made) return;
  require(auth::bits_of(**made) <= auth::Crypto::most_key_bits, "keys are bounded");
  (void)crypto.verify(**made, crypto.sha256(field), field);
}
