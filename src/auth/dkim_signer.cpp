#include "auth/dkim_signer.hpp"

#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "auth/dkim_signature.hpp"
#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/join.hpp"

namespace postern::auth {
namespace {

std::string_view view_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string_view algorithm_of(const PrivateKey& key) noexcept {
  return type_of(key) == KeyType::ed25519 ? "ed25519-sha256" : "rsa-sha256";
}

// The field, whose last tag is an empty b=, with its value; folded.
std::string with_signature(std::string field, std::string_view signature) {
  const std::string encoded = encode_base64(signature);
  constexpr std::size_t width = 70;
  for (std::size_t at = 0; at < encoded.size(); at += width) {
    if (at > 0) field += "\r\n\t ";
    field += encoded.substr(at, width);
  }
  return field + "\r\n";
}

}  // namespace

DkimSigner::DkimSigner(const Crypto& crypto, std::shared_ptr<const PrivateKey> key,
                       SigningChoices choices)
    : crypto_(crypto),
      key_(std::move(key)),
      choices_(std::move(choices)),
      body_(crypto, choices_.body, choices_.body_length) {}

std::string DkimSigner::finish(std::string_view header) {
  std::string field = fmt::format("DKIM-Signature: v=1; a={}; c={}/{};\r\n\td={}; s={};",
                                  algorithm_of(*key_), name_of(choices_.header),
                                  name_of(choices_.body), choices_.domain, choices_.selector);
  if (!choices_.identity.empty()) field += fmt::format(" i={};", choices_.identity);
  if (choices_.body_length) field += fmt::format(" l={};", *choices_.body_length);
  if (choices_.signed_at) field += fmt::format(" t={};", *choices_.signed_at);
  if (choices_.expires_at) field += fmt::format(" x={};", *choices_.expires_at);
  return sign(header, std::move(field));
}

std::string DkimSigner::finish_arc(std::string_view header, unsigned instance) {
  std::string field = fmt::format("ARC-Message-Signature: i={}; a={}; c={}/{};\r\n\td={}; s={};",
                                  instance, algorithm_of(*key_), name_of(choices_.header),
                                  name_of(choices_.body), choices_.domain, choices_.selector);
  if (choices_.signed_at) field += fmt::format(" t={};", *choices_.signed_at);
  return sign(header, std::move(field));
}

std::string DkimSigner::sign(std::string_view header, std::string field) {
  body_.finish();
  field += fmt::format("\r\n\th={};\r\n\tbh={};\r\n\tb=", joined(choices_.fields, ":\r\n\t "),
                       encode_base64(view_of(body_.digest())));
  const auto block = message::HeaderBlock::parse(header);
  const auto own = message::HeaderBlock::parse(field);
  const Digest digest =
      hash_signed_header(crypto_, block, own.fields().front(), choices_.header, choices_.fields);
  return with_signature(std::move(field), crypto_.sign(*key_, digest));
}

std::string seal_arc(const Crypto& crypto, const PrivateKey& key, std::string_view domain,
                     std::string_view selector, unsigned instance, std::string_view cv,
                     std::string_view header) {
  const auto block = message::HeaderBlock::parse(header);
  std::string text;
  for (unsigned i = 1; i <= instance; ++i) {
    for (const std::string_view name :
         {"ARC-Authentication-Results", "ARC-Message-Signature", "ARC-Seal"}) {
      for (const std::size_t index : block.all(name)) {
        const message::Field& field = block.fields()[index];
        const std::string body = message::unfold(field.body);
        const auto tags = split(body, ';');
        if (trim(tags.front()) == fmt::format("i={}", i)) {
          append_field(text, field, Canonicalisation::relaxed);
        }
      }
    }
  }
  std::string field = fmt::format("ARC-Seal: i={}; a={}; cv={}; d={}; s={};\r\n\tb=", instance,
                                  algorithm_of(key), cv, domain, selector);
  const auto own = message::HeaderBlock::parse(field);
  append_own_field(text, own.fields().front(), Canonicalisation::relaxed);
  return with_signature(std::move(field), crypto.sign(key, crypto.sha256(text)));
}

}  // namespace postern::auth
