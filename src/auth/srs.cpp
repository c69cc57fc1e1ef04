#include "auth/srs.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <optional>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/domain.hpp"

namespace postern::auth {
namespace {

constexpr std::string_view base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::int64_t timestamp_period = 1024;  // days: two digits of base 32
constexpr std::size_t longest_path = 254;        // 256 with its brackets
constexpr char inner_separator = '=';

struct Address {
  std::string local;  // unquoted
  std::string_view domain;
};

// What may follow '@'. '=' separates the parts of a rewritten address: no name may bring one in.
bool is_host(std::string_view text) {
  return !text.empty() && text.find_first_of(" \"(),;<=>\\@") == std::string_view::npos;
}

// Mailbox of RFC 5321, 4.1.2, as far as it matters here. nullopt for what is none. A quoted string
// may stand behind other octets: postsrsd and libsrs2 put their tag before it as it is,
// SRS0=HHHH=TT=example.com="ann b"@forwarder.example.
std::optional<Address> parse_address(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size()) return std::nullopt;
  Address address;
  address.domain = text.substr(at + 1);
  if (!is_host(address.domain)) return std::nullopt;
  const std::string_view local = text.substr(0, at);
  bool quoted = false;
  for (std::size_t i = 0; i < local.size(); ++i) {
    if (local[i] == '"') {
      quoted = !quoted;
      continue;
    }
    if (local[i] == '\\' && quoted && ++i == local.size()) return std::nullopt;
    address.local += local[i];
  }
  if (quoted || address.local.empty()) return std::nullopt;
  return address;
}

bool is_dot_string(std::string_view local) {
  if (local.empty() || local.front() == '.' || local.back() == '.' ||
      local.find("..") != std::string_view::npos) {
    return false;
  }
  constexpr std::string_view specials = "!#$%&'*+-/=?^_`{|}~.";
  return std::all_of(local.begin(), local.end(), [&](char c) {
    return is_ascii_digit(c) || is_ascii_alpha(c) || specials.find(c) != std::string_view::npos ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

std::string quoted(std::string_view local) {
  std::string out = "\"";
  for (const char c : local) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
  return out;
}

std::string format_address(std::string_view local, std::string_view domain) {
  return is_dot_string(local) ? fmt::format("{}@{}", local, domain)
                              : fmt::format("{}@{}", quoted(local), domain);
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
}

bool begins_with_separator(std::string_view text) noexcept {
  return !text.empty() && std::string_view("=+-").find(text[0]) != std::string_view::npos;
}

// 0 or 1 for SRS0 and SRS1 with any of the three separators; -1 for what is neither.
int tag_of(std::string_view local) noexcept {
  if (local.size() < 5 || !istarts_with(local, "srs") || (local[3] != '0' && local[3] != '1') ||
      !begins_with_separator(local.substr(4))) {
    return -1;
  }
  return local[3] - '0';
}

std::string timestamp(UnixTime now) {
  const std::int64_t day = day_of(now) % timestamp_period;
  return {base32[static_cast<std::size_t>(day / 32)], base32[static_cast<std::size_t>(day % 32)]};
}

// Days since the stamp was made; nullopt where it is none. A clock one day ahead is forgiven.
std::optional<std::int64_t> age_of(std::string_view stamp, UnixTime now) {
  if (stamp.size() != 2) return std::nullopt;
  std::int64_t day = 0;
  for (const char c : stamp) {
    const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    const std::size_t digit = base32.find(upper);
    if (digit == std::string_view::npos) return std::nullopt;
    day = day * 32 + static_cast<std::int64_t>(digit);
  }
  const std::int64_t age = (day_of(now) - day) % timestamp_period;
  return age == timestamp_period - 1 ? 0 : age;
}

// Up to the next separator; what follows it stays in `text`. Empty `text` where there was none.
std::string_view take(std::string_view& text) {
  const std::size_t end = text.find(inner_separator);
  const std::string_view part = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return part;
}

}  // namespace

Result<Srs> Srs::make(SrsOptions options) {
  const auto domain = normalise_domain(options.domain);
  if (!domain) return fail(fmt::format("'{}' is no domain", printable(options.domain)), "SRS");
  options.domain = *domain;
  for (std::string& own : options.own_domains) {
    const auto normal = normalise_domain(own);
    if (!normal) return fail(fmt::format("'{}' is no domain", printable(own)), "SRS");
    own = *normal;
  }
  const bool empty = std::any_of(options.secrets.begin(), options.secrets.end(),
                                 [](const std::string& secret) { return secret.empty(); });
  if (options.secrets.empty() || empty) {
    return fail("has no secret, or an empty one", "SRS", "write one a line, of 16 octets or more");
  }
  if (std::string_view("=+-").find(options.separator) == std::string_view::npos) {
    return fail("the separator is none of = + -", "SRS");
  }
  if (options.hash_minimum < 4 || options.hash_length < options.hash_minimum ||
      options.hash_length > 27 || options.max_age_days < 1 || options.max_age_days > 1000) {
    return fail("hash lengths go from 4 to 27, ages from 1 to 1000 days", "SRS");
  }
  return Srs(std::move(options));
}

Srs::~Srs() {
  for (std::string& secret : options_.secrets)
    OPENSSL_cleanse(secret.data(), secret.size());
}

std::string Srs::hash(std::string_view secret, std::string_view text, unsigned length) const {
  const std::string lower = to_lower(text);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned digest_length = 0;
  HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(lower.data()), lower.size(), digest.data(),
       &digest_length);
  return encode_base64({reinterpret_cast<const char*>(digest.data()), digest_length})
      .substr(0, length);
}

bool Srs::verify(std::string_view given, std::string_view before, std::string_view user) const {
  const bool plain = verify(given, fmt::format("{}{}", before, user));
  const bool with_quotes = verify(given, fmt::format("{}{}", before, quoted(user)));
  return plain || with_quotes;
}

bool Srs::verify(std::string_view given, std::string_view text) const {
  if (given.size() < options_.hash_minimum || given.size() > 27) return false;
  // Some hosts change the case of local parts: the hash is compared without it.
  const std::string lower = to_lower(given);
  bool holds = false;
  for (const std::string& secret : options_.secrets) {
    const std::string expected = to_lower(hash(secret, text, static_cast<unsigned>(given.size())));
    holds = (CRYPTO_memcmp(expected.data(), lower.data(), lower.size()) == 0) || holds;
  }
  return holds;
}

bool Srs::is_ours(std::string_view address) const {
  const auto parsed = parse_address(address);
  return parsed && tag_of(parsed->local) >= 0 && iequals(parsed->domain, options_.domain);
}

Result<std::string> Srs::forward(std::string_view address, UnixTime now) const {
  if (address.empty() || address == "<>") return std::string(address);
  const auto parsed = parse_address(address);
  if (!parsed || has_control(address)) {
    return fail("is no mail address", printable(address));
  }
  const std::string domain = to_lower(parsed->domain);
  const auto is_own = [&](const std::string& own) { return own == domain; };
  if (domain == options_.domain ||
      std::any_of(options_.own_domains.begin(), options_.own_domains.end(), is_own)) {
    return std::string(address);
  }
  std::string local;
  const std::string& secret = options_.secrets.front();
  const std::string_view user = parsed->local;
  const int tag = tag_of(user);
  // An SRS0 address of another forwarder becomes SRS1 with that forwarder's name; an SRS1 address
  // keeps the name of the first one, so that bounces go straight there.
  std::string_view first_host = parsed->domain;
  std::string_view rest = tag >= 0 ? user.substr(4) : user;
  if (tag == 1) {
    rest.remove_prefix(1);
    (void)take(rest);
    first_host = take(rest);
  }
  if (tag >= 0 && is_host(first_host) && begins_with_separator(rest)) {
    const std::string sealed =
        hash(secret, fmt::format("{}{}", first_host, rest), options_.hash_length);
    local = fmt::format("SRS1{}{}={}={}", options_.separator, sealed, first_host, rest);
  } else {
    const std::string stamp = timestamp(now);
    const std::string sealed =
        hash(secret, fmt::format("{}{}{}", stamp, parsed->domain, user), options_.hash_length);
    local =
        fmt::format("SRS0{}{}={}={}={}", options_.separator, sealed, stamp, parsed->domain, user);
  }
  std::string rewritten = format_address(local, options_.domain);
  if (rewritten.size() > longest_path) {
    return fail(fmt::format("becomes longer than {} octets", longest_path), printable(address));
  }
  return rewritten;
}

Result<std::string> Srs::reverse(std::string_view address, UnixTime now) const {
  const auto parsed = parse_address(address);
  const auto refuse = [&](std::string_view why) {
    return fail(std::string(why), printable(address));
  };
  if (!parsed || has_control(address)) return refuse("is no mail address");
  if (!iequals(parsed->domain, options_.domain)) {
    return refuse("is not of the domain that rewrites");
  }
  const int tag = tag_of(parsed->local);
  if (tag < 0) return refuse("is no SRS address");
  std::string_view rest = std::string_view(parsed->local).substr(5);
  const std::string_view given = take(rest);
  if (tag == 1) {
    const std::string_view host = take(rest);
    if (host.empty() || rest.empty()) return refuse("lacks a part of an SRS1 address");
    // The hash covers host and rest without what stands between them: the host must end where it
    // did when this was made.
    if (!begins_with_separator(rest)) return refuse("is no SRS1 address of ours");
    // "=HHHH=TT=zero.example=user": what stands before the user, and the user.
    std::string_view user = rest.substr(1);
    for (int part = 0; part < 3; ++part)
      (void)take(user);
    const std::string_view before = rest.substr(0, rest.size() - user.size());
    if (!verify(given, fmt::format("{}{}", host, before), user)) {
      return refuse("has a hash that is not ours");
    }
    return format_address(fmt::format("SRS0{}", rest), host);
  }
  const std::string_view stamp = take(rest);
  const std::string_view host = take(rest);
  if (stamp.empty() || host.empty() || rest.empty()) {
    return refuse("lacks a part of an SRS0 address");
  }
  if (!verify(given, fmt::format("{}{}", stamp, host), rest)) {
    return refuse("has a hash that is not ours");
  }
  const auto age = age_of(stamp, now);
  if (!age) return refuse("has no timestamp");
  if (*age > static_cast<std::int64_t>(options_.max_age_days)) {
    return refuse(fmt::format("is {} days old, and {} are allowed", *age, options_.max_age_days));
  }
  return format_address(rest, host);
}

}  // namespace postern::auth
