// A header block and a body, canonicalised here once more in the plainest way (RFC 6376, 3.4).
// The first two octets are the size of the pieces and the l= of the body.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/body_hash.hpp"
#include "auth/canonical.hpp"
#include "base/ascii.hpp"
#include "fuzz.hpp"
#include "message/header.hpp"

namespace {

using namespace postern;
using auth::Canonicalisation;

// Each run of white space one space; none at the end.
std::string collapsed(std::string_view line) {
  std::string out;
  for (const char c : line) {
    if (c != ' ' && c != '\t') {
      out += c;
    } else if (!out.ends_with(' ')) {
      out += ' ';
    }
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

std::string plain_body(std::string_view text, Canonicalisation form) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = text.find('\n', at);
    std::string_view line = text.substr(at, end == std::string_view::npos ? end : end - at);
    if (end != std::string_view::npos && line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(form == Canonicalisation::relaxed ? collapsed(line) : std::string(line));
    if (end == std::string_view::npos) break;
    at = end + 1;
  }
  while (!lines.empty() && lines.back().empty())
    lines.pop_back();
  std::string out;
  for (const std::string& line : lines)
    out += line + "\r\n";
  if (out.empty() && form == Canonicalisation::simple) out = "\r\n";
  return out;
}

auth::Digest hash_of(const auth::Crypto& crypto, std::string_view body, Canonicalisation form,
                     std::size_t piece, std::optional<std::uint64_t> most = {}) {
  auth::BodyCanonicaliser canonical(crypto, form, most);
  for (std::size_t at = 0; at < body.size(); at += piece)
    canonical.add(body.substr(at, piece));
  canonical.finish();
  return canonical.digest();
}

void check_body(std::string_view body, std::size_t piece, std::size_t most) {
  static const auth::Crypto crypto;
  for (const Canonicalisation form : {Canonicalisation::simple, Canonicalisation::relaxed}) {
    const std::string expected = plain_body(body, form);
    const auth::Digest digest = crypto.sha256(expected);
    fuzz::require(hash_of(crypto, body, form, body.size() + 1) == digest, "the form is the RFC's");
    fuzz::require(hash_of(crypto, body, form, piece) == digest, "pieces change nothing");
    fuzz::require(hash_of(crypto, body, form, piece, most) ==
                      crypto.sha256(std::string_view(expected).substr(0, most)),
                  "l= is the front of the form");
    fuzz::require(hash_of(crypto, expected, form, piece) == digest, "the form is its own form");
  }
}

void check_field(const message::Field& field) {
  std::string relaxed;
  auth::append_field(relaxed, field, Canonicalisation::relaxed);
  std::string unfolded;
  for (std::size_t i = 0; i < field.body.size(); ++i) {
    if (field.body[i] == '\n' || field.body.substr(i, 2) == "\r\n") continue;
    unfolded += field.body[i];
  }
  std::string body = collapsed(unfolded);
  if (body.starts_with(' ')) body.erase(0, 1);
  fuzz::require(relaxed == to_lower(field.name) + ":" + body + "\r\n", "the form is the RFC's");

  const std::string_view line = std::string_view(relaxed).substr(0, relaxed.size() - 2);
  const message::Field same{line.substr(0, field.name.size()), line.substr(field.name.size() + 1),
                            1};
  std::string again;
  auth::append_field(again, same, Canonicalisation::relaxed);
  fuzz::require(again == relaxed, "the form is its own form");
  again.clear();
  auth::append_field(again, same, Canonicalisation::simple);
  fuzz::require(again == relaxed, "simple changes nothing in it");

  std::string simple;
  auth::append_field(simple, field, Canonicalisation::simple);
  fuzz::require(simple.ends_with("\r\n"), "a field ends in a line break");
  std::string own;
  auth::append_own_field(own, field, Canonicalisation::relaxed);
  fuzz::require(own.size() + 2 <= relaxed.size(), "a signature's own field only loses b=");
  own.clear();
  auth::append_own_field(own, field, Canonicalisation::simple);
  fuzz::require(own.size() + 2 <= simple.size(), "a signature's own field only loses b=");
}

}  // namespace

void postern::fuzz::run(std::string_view input) {
  if (input.size() < 2) return;
  const std::size_t piece = static_cast<unsigned char>(input[0]) + std::size_t{1};
  const std::size_t most = static_cast<unsigned char>(input[1]);
  const std::string_view text = input.substr(2);
  const auto header = message::HeaderBlock::parse(text);
  for (const message::Field& field : header.fields())
    check_field(field);
  check_body(text.substr(header.body_offset()), piece, most);
  check_body(text, piece, most);
}
