#include "auth/body_hash.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/ascii.hpp"

namespace postern::auth {
namespace {

constexpr std::size_t buffer_size = 8192;
constexpr std::size_t longest_stretch = 16384;
// Longer ones are hashed where they are.
constexpr std::size_t longest_copied = 2048;

bool is_special(char c) noexcept {
  return is_ascii_blank(c) || c == '\r' || c == '\n';
}

// Sixteen octets at once, in whatever vectors the machine has.
using Octets = std::uint8_t __attribute__((vector_size(16)));
using Mask = std::int8_t __attribute__((vector_size(16)));

Octets load(const char* at) noexcept {
  Octets octets;
  std::memcpy(&octets, at, sizeof octets);
  return octets;
}

bool any(Mask mask) noexcept {
  std::uint64_t halves[2];
  std::memcpy(halves, &mask, sizeof halves);
  return (halves[0] | halves[1]) != 0;
}

// The first octet that is marked; 16 where none is.
std::size_t first_of(Mask mask) noexcept {
  std::uint64_t halves[2];
  std::memcpy(halves, &mask, sizeof halves);
  const auto zeros = [](std::uint64_t half) {
    return static_cast<std::size_t>(std::endian::native == std::endian::little
                                        ? std::countr_zero(half)
                                        : std::countl_zero(half)) /
           8;
  };
  return halves[0] != 0 ? zeros(halves[0]) : 8 + zeros(halves[1]);
}

// Octets from which on the canonical form may differ from the text, as far as their successor
// tells: one before a bare LF, and for relaxed a tab, or white space before something else than one
// ordinary octet. A text and a mask of 16 share this rule.
template <bool relaxed, class M, class T>
M may_differ(T here, T after) noexcept {
  M mask = (after == '\n') & (here != '\r');
  if constexpr (relaxed) mask = mask | (here == '\t') | ((here == ' ') & (after <= ' '));
  return mask;
}

// The length of the front of `text` that goes into the canonical form as it is. text[0] is an
// ordinary octet.
template <bool relaxed>
std::size_t plain_length(std::string_view text) noexcept {
  const char* const p = text.data();
  // The last octet's successor is not known: it is left to the caller.
  const std::size_t last = text.size() - 1;
  const auto marks = [p](std::size_t at) {
    return may_differ<relaxed, Mask>(load(p + at), load(p + at + 1));
  };
  std::size_t i = 1;
  bool found = last == 0 || p[1] == '\n';
  while (!found && i + 64 <= last) {
    if (any(marks(i) | marks(i + 16) | marks(i + 32) | marks(i + 48))) break;
    i += 64;
  }
  while (!found && i + 16 <= last) {
    const std::size_t length = first_of(marks(i));
    found = length < 16;
    i += length;
  }
  const auto octet = [p](std::size_t at) { return static_cast<std::uint8_t>(p[at]); };
  while (!found && i < last) {
    found = may_differ<relaxed, bool>(octet(i), octet(i + 1));
    if (!found) ++i;
  }
  // Not in the middle of a line break, nor behind what may be trailing.
  while (i > 1 && (p[i - 1] == '\r' || p[i - 1] == '\n' || (relaxed && is_ascii_blank(p[i - 1]))))
    --i;
  return i;
}

constexpr std::array<char, 4096> many_breaks = [] {
  std::array<char, 4096> breaks{};
  for (std::size_t i = 0; i < breaks.size(); i += 2) {
    breaks[i] = '\r';
    breaks[i + 1] = '\n';
  }
  return breaks;
}();

// The length of the line breaks, CRLF each, at the front of `text`: a body of nothing else is
// hashed no slower than one of words.
std::size_t line_breaks(std::string_view text) noexcept {
  std::size_t length = 0;
  while (length + 16 <= text.size() &&
         std::memcmp(text.data() + length, many_breaks.data(), 16) == 0)
    length += 16;
  while (length + 2 <= text.size() && text[length] == '\r' && text[length + 1] == '\n')
    length += 2;
  return length;
}

}  // namespace

BodyCanonicaliser::BodyCanonicaliser(const Crypto& crypto, Canonicalisation form,
                                     std::optional<std::uint64_t> most)
    : form_(form),
      most_(most),
      hash_(crypto),
      buffer_(std::make_unique_for_overwrite<char[]>(buffer_size)) {}

void BodyCanonicaliser::add(std::string_view piece) {
  const bool relaxed = form_ == Canonicalisation::relaxed;
  while (!piece.empty()) {
    const char c = piece.front();
    std::size_t length = 1;
    if (!pending_cr_ && !is_special(c)) {
      // In stretches that are still at hand when they are hashed.
      const std::string_view stretch = piece.substr(0, longest_stretch);
      length = relaxed ? plain_length<true>(stretch) : plain_length<false>(stretch);
      run(piece.substr(0, length));
    } else if (!pending_cr_ && relaxed && is_ascii_blank(c)) {
      while (length < piece.size() && is_ascii_blank(piece[length]))
        ++length;
      pending_space_ = true;
    } else if (!pending_cr_ && piece.starts_with("\r\n")) {
      length = line_breaks(piece);
      pending_space_ = false;
      pending_breaks_ += length / 2;
    } else {
      octet(c);
    }
    piece.remove_prefix(length);
  }
}

void BodyCanonicaliser::octet(char c) {
  if (pending_cr_) {
    pending_cr_ = false;
    if (c == '\n') {
      break_line();
      return;
    }
    run("\r");  // on its own it is an octet like any other
  }
  if (c == '\r') {
    pending_cr_ = true;
  } else if (c == '\n') {
    break_line();
  } else if (form_ == Canonicalisation::relaxed && is_ascii_blank(c)) {
    pending_space_ = true;
  } else {
    run({&c, 1});
  }
}

void BodyCanonicaliser::break_line() {
  pending_space_ = false;
  ++pending_breaks_;
}

void BodyCanonicaliser::write_pending() {
  while (pending_breaks_ > 0) {
    const std::uint64_t breaks = std::min<std::uint64_t>(pending_breaks_, many_breaks.size() / 2);
    write({many_breaks.data(), static_cast<std::size_t>(2 * breaks)});
    pending_breaks_ -= breaks;
  }
  if (pending_space_) write(" ");
  pending_space_ = false;
}

inline void BodyCanonicaliser::run(std::string_view text) {
  if (pending_breaks_ > 0 || pending_space_) write_pending();
  write(text);
}

inline void BodyCanonicaliser::write(std::string_view text) {
  const std::uint64_t before = octets_;
  octets_ += text.size();
  if (most_) {
    if (before >= *most_) return;
    text = text.substr(
        0, static_cast<std::size_t>(std::min<std::uint64_t>(text.size(), *most_ - before)));
  }
  if (text.size() >= longest_copied) {
    flush();
    hash_.add(text);
    return;
  }
  if (buffered_ + text.size() > buffer_size) flush();
  std::memcpy(buffer_.get() + buffered_, text.data(), text.size());
  buffered_ += text.size();
}

void BodyCanonicaliser::flush() {
  if (buffered_ > 0) hash_.add({buffer_.get(), buffered_});
  buffered_ = 0;
}

void BodyCanonicaliser::finish() {
  if (pending_cr_) {
    pending_cr_ = false;
    run("\r");
  }
  // RFC 6376, 3.4.3 and 3.4.4: empty lines at the end go, one line break ends the body; a body
  // without content is that line break for simple, and nothing for relaxed.
  if (octets_ > 0 || form_ == Canonicalisation::simple) write("\r\n");
  flush();
  digest_ = hash_.finish();
}

bool BodyCanonicaliser::is(std::string_view signed_hash) const noexcept {
  return signed_hash.size() == digest_.size() &&
         std::memcmp(digest_.data(), signed_hash.data(), digest_.size()) == 0;
}

std::optional<std::size_t> BodyHashes::want(Canonicalisation form,
                                            std::optional<std::uint64_t> most) {
  for (std::size_t i = 0; i < forms_.size(); ++i) {
    if (forms_[i].form() == form && forms_[i].most() == most) return i;
  }
  if (forms_.size() == most_forms) return std::nullopt;
  forms_.emplace_back(crypto_, form, most);
  return forms_.size() - 1;
}

void BodyHashes::add(std::string_view piece) {
  for (BodyCanonicaliser& form : forms_)
    form.add(piece);
}

void BodyHashes::finish() {
  for (BodyCanonicaliser& form : forms_)
    form.finish();
  finished_ = true;
}

}  // namespace postern::auth
