#include "auth/dkim_signature.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/domain.hpp"

namespace postern::auth {
namespace {

using Kind = SignatureFault::Kind;

// Names in h= that are looked for in the header; each costs a search.
constexpr std::size_t most_signed_fields = 500;

SignatureFault signature_fault(Kind kind, std::string what) {
  return {kind, std::move(what)};
}

template <class Number>
std::optional<Number> read_number(std::string_view text) {
  Number number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || rest != end || text.empty() || !is_ascii_digit(text[0])) {
    return std::nullopt;
  }
  return number;
}

// One or several labels (RFC 6376, 3.1).
bool is_selector(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  for (const std::string_view label : split(text, '.')) {
    if (label.empty() || label.size() > 63) return false;
    for (const char c : label) {
      const bool alphanumeric = is_ascii_digit(c) || is_ascii_alpha(c);
      if (!alphanumeric && c != '-' && c != '_') return false;
    }
  }
  return true;
}

std::optional<Canonicalisation> read_canonicalisation(std::string_view word) {
  if (iequals(word, "simple")) return Canonicalisation::simple;
  if (iequals(word, "relaxed")) return Canonicalisation::relaxed;
  return std::nullopt;
}

std::optional<SignatureFault> read_time(const TagList& tags, std::string_view name,
                                        std::optional<UnixTime>& time) {
  const Tag* tag = tags.find(name);
  if (tag == nullptr) return std::nullopt;
  time = tag->value.size() <= 12 ? read_number<UnixTime>(tag->value) : std::nullopt;
  if (!time) return signature_fault(Kind::malformed, fmt::format("{}= is no time", name));
  return std::nullopt;
}

int hex_digit(char c) noexcept {
  if (is_ascii_digit(c)) return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// DKIM-Quoted-Printable (RFC 6376, 2.11): white space counts for nothing, "=40" is '@'. nullopt
// where '=' is not followed by two digits, or a control character comes out: no address has one.
std::optional<std::string> decode_quoted_printable(std::string_view text) {
  const std::string packed = without_space(text);
  std::string out;
  for (std::size_t i = 0; i < packed.size(); ++i) {
    char c = packed[i];
    if (c == '=') {
      if (i + 2 >= packed.size()) return std::nullopt;
      const int high = hex_digit(packed[i + 1]);
      const int low = hex_digit(packed[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) return std::nullopt;
    out += c;
  }
  return out;
}

}  // namespace

std::optional<SignatureFault> read_common_tags(const TagList& tags, DkimSignature& signature) {
  for (const std::string_view needed : {"a", "b", "d", "s"}) {
    if (tags.find(needed) == nullptr) {
      return signature_fault(Kind::malformed, fmt::format("has no {}=", needed));
    }
  }
  signature.algorithm_name = to_lower(tags.find("a")->value);
  const auto domain = normalise_domain(tags.find("d")->value);
  if (!domain || domain->find('.') == std::string::npos) {
    return signature_fault(Kind::malformed, "d= is no domain");
  }
  signature.domain = *domain;
  const std::string_view selector = tags.find("s")->value;
  if (!is_selector(selector)) return signature_fault(Kind::malformed, "s= is no selector");
  signature.selector = to_lower(selector);

  const std::string_view encoded = tags.find("b")->value;
  for (const char c : encoded) {
    if (!is_ascii_space(c)) signature.signature_start += c;
    if (signature.signature_start.size() == 8) break;
  }
  auto decoded = decode_base64(encoded);
  if (!decoded || decoded->empty())
    return signature_fault(Kind::malformed, "b= holds no signature");
  signature.signature = std::move(*decoded);

  signature.algorithm = signature.algorithm_name == "rsa-sha256"       ? Algorithm::rsa_sha256
                        : signature.algorithm_name == "ed25519-sha256" ? Algorithm::ed25519_sha256
                        : signature.algorithm_name == "rsa-sha1"       ? Algorithm::rsa_sha1
                                                                       : Algorithm::unknown;
  if (signature.algorithm == Algorithm::unknown) {
    return signature_fault(Kind::unsupported,
                           fmt::format("a={} is not known", printable(signature.algorithm_name)));
  }
  return read_time(tags, "t", signature.signed_at);
}

std::optional<SignatureFault> read_body_tags(const TagList& tags, DkimSignature& signature) {
  for (const std::string_view needed : {"bh", "h"}) {
    if (tags.find(needed) == nullptr) {
      return signature_fault(Kind::malformed, fmt::format("has no {}=", needed));
    }
  }
  auto body_hash = decode_base64(tags.find("bh")->value);
  const bool length_fits = signature.algorithm == Algorithm::rsa_sha1
                               ? body_hash && body_hash->size() == 20
                               : body_hash && body_hash->size() == 32;
  if (!length_fits) return signature_fault(Kind::malformed, "bh= holds no hash of its algorithm");
  signature.body_hash = std::move(*body_hash);

  if (const Tag* tag = tags.find("c")) {
    const std::string_view value = tag->value;
    const std::size_t slash = value.find('/');
    const auto header = read_canonicalisation(value.substr(0, slash));
    // RFC 6376, 3.5: the body's form is simple where it is not named.
    const auto body = slash == std::string_view::npos
                          ? Canonicalisation::simple
                          : read_canonicalisation(value.substr(slash + 1));
    if (!header || !body) {
      return signature_fault(Kind::unsupported, fmt::format("c={} is not known", printable(value)));
    }
    signature.header = *header;
    signature.body = *body;
  }
  const std::vector<std::string_view> names = colon_list(tags.find("h")->value);
  signature.signed_fields.reserve(std::min(names.size(), most_signed_fields));
  for (const std::string_view name : names) {
    if (name.empty()) continue;  // no field is called so, and none is signed by it
    const bool sound = std::all_of(name.begin(), name.end(), [](char c) {
      return c > ' ' && c < 0x7f && c != ':' && c != ';';
    });
    if (!sound) return signature_fault(Kind::malformed, "h= holds something that is no field name");
    if (signature.signed_fields.size() == most_signed_fields) {
      return signature_fault(Kind::unsupported,
                             fmt::format("h= names over {} fields", most_signed_fields));
    }
    signature.signed_fields.emplace_back(name);
  }
  if (const Tag* tag = tags.find("l")) {
    signature.body_length = read_number<std::uint64_t>(tag->value);
    if (!signature.body_length || tag->value.size() > 76) {
      return signature_fault(Kind::malformed, "l= is no number");
    }
  }
  return std::nullopt;
}

std::optional<SignatureFault> read_signature(const TagList& tags, DkimSignature& signature) {
  const Tag* version = tags.find("v");
  if (version == nullptr) return signature_fault(Kind::malformed, "has no v=");
  if (auto wrong = read_common_tags(tags, signature)) return wrong;
  signature.identity = "@" + signature.domain;
  if (version->value != "1") {
    return signature_fault(Kind::unsupported,
                           fmt::format("v={} is not known", printable(version->value)));
  }
  if (auto wrong = read_body_tags(tags, signature)) return wrong;
  if (const Tag* tag = tags.find("i")) {
    auto identity = decode_quoted_printable(tag->value);
    if (!identity) return signature_fault(Kind::malformed, "i= is no DKIM-Quoted-Printable");
    signature.identity = std::move(*identity);
    const auto domain = normalise_domain(domain_of_address(signature.identity));
    if (!domain) return signature_fault(Kind::malformed, "i= holds no domain");
    if (!is_same_or_subdomain(*domain, signature.domain)) {
      return signature_fault(
          Kind::identity_mismatch,
          fmt::format("i= is of {}, which is not within d={}", *domain, signature.domain));
    }
  }
  const bool signs_from =
      std::any_of(signature.signed_fields.begin(), signature.signed_fields.end(),
                  [](const std::string& name) { return iequals(name, "from"); });
  if (!signs_from) return signature_fault(Kind::from_not_signed, "h= does not name From");
  if (const Tag* tag = tags.find("q")) {
    const auto methods = colon_list(tag->value);
    if (std::none_of(methods.begin(), methods.end(),
                     [](std::string_view method) { return iequals(method, "dns/txt"); })) {
      return signature_fault(Kind::unsupported, "q= names no known way to the key");
    }
  }
  if (auto wrong = read_time(tags, "x", signature.expires_at)) return wrong;
  if (signature.expires_at && signature.signed_at && *signature.expires_at < *signature.signed_at) {
    return signature_fault(Kind::malformed, "x= is before t=");
  }
  return std::nullopt;
}

Digest hash_signed_header(const Crypto& crypto, const message::HeaderBlock& header,
                          const message::Field& own, Canonicalisation canonicalisation,
                          const std::vector<std::string>& signed_fields) {
  struct Cursor {
    std::string_view name;
    std::size_t next;  // fields from here down are used up
  };
  std::vector<Cursor> cursors;
  cursors.reserve(signed_fields.size());
  const auto& fields = header.fields();
  std::string text;
  text.reserve(2048);
  for (const std::string& name : signed_fields) {
    auto cursor = std::find_if(cursors.begin(), cursors.end(),
                               [&](const Cursor& c) { return iequals(c.name, name); });
    if (cursor == cursors.end()) {
      cursors.push_back({name, fields.size()});
      cursor = cursors.end() - 1;
    }
    while (cursor->next > 0) {
      const message::Field& field = fields[--cursor->next];
      if (field.name.size() != name.size() || !iequals(field.name, name) ||
          field.body.data() == own.body.data()) {
        continue;
      }
      append_field(text, field, canonicalisation);
      break;
    }
  }
  append_own_field(text, own, canonicalisation);
  return crypto.sha256(text);
}

Result<KeyRecord> parse_key_record(std::string_view text) {
  const auto tags = TagList::parse(text);
  if (!tags) return tl::unexpected(tags.error());
  KeyRecord record;
  if (const Tag* version = tags->find("v")) {
    if (version->value != "DKIM1" || tags->tags().front().name != "v") {
      return fail("v= is not DKIM1 in front of all else");
    }
  }
  const Tag* key = tags->find("p");
  if (key == nullptr) return fail("has no p=");
  record.public_key = without_space(key->value);
  if (const Tag* tag = tags->find("k")) {
    if (iequals(tag->value, "ed25519")) {
      record.type = KeyType::ed25519;
    } else {
      record.known_type = iequals(tag->value, "rsa");
    }
  }
  if (const Tag* tag = tags->find("h")) {
    const auto hashes = colon_list(tag->value);
    record.allows_sha256 = std::any_of(hashes.begin(), hashes.end(), [](std::string_view hash) {
      return iequals(hash, "sha256");
    });
  }
  if (const Tag* tag = tags->find("s")) {
    const auto services = colon_list(tag->value);
    record.allows_mail = std::any_of(
        services.begin(), services.end(),
        [](std::string_view service) { return service == "*" || iequals(service, "email"); });
  }
  if (const Tag* tag = tags->find("t")) {
    for (const std::string_view flag : colon_list(tag->value)) {
      record.testing = record.testing || iequals(flag, "y");
      record.exact_identity = record.exact_identity || iequals(flag, "s");
    }
  }
  return record;
}

}  // namespace postern::auth
