#include "auth/body_hash.hpp"

#include <algorithm>
#include <cstring>

namespace postern::auth {
namespace {

constexpr std::size_t buffer_size = 16384;

bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t';
}

bool is_special(char c) noexcept {
  return is_blank(c) || c == '\r' || c == '\n';
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

// Octets at which the canonical form may differ from the text, as far as an octet's neighbours
// tell: a bare LF, a line break before another one, and for relaxed a tab or white space that does
// not end in one ordinary octet. A text and a mask of 16 share this rule.
template <class T, class M>
M may_differ(T before, T here, T after, bool relaxed) noexcept {
  M mask = (here == '\n') & ((before != '\r') | (after == '\r') | (after == '\n'));
  if (relaxed) {
    mask = mask | (here == '\t') |
           ((here == ' ') & ((after == ' ') | (after == '\t') | (after == '\r') | (after == '\n')));
  }
  return mask;
}

// The length of the front of `text` that goes into the canonical form as it is. text[0] is an
// ordinary octet.
std::size_t plain_length(std::string_view text, bool relaxed) noexcept {
  const char* const p = text.data();
  // The last octet's successor is not known: it is left to the caller.
  const std::size_t last = text.size() - 1;
  std::size_t i = 1;
  while (i + 17 <= last &&
         !any(may_differ<Octets, Mask>(load(p + i - 1), load(p + i), load(p + i + 1), relaxed))) {
    i += 16;
  }
  const auto octet = [p](std::size_t at) { return static_cast<std::uint8_t>(p[at]); };
  while (i < last && !may_differ<std::uint8_t, bool>(octet(i - 1), octet(i), octet(i + 1), relaxed))
    ++i;
  // Not in the middle of a line break, nor behind white space that may be trailing.
  while (i > 1 && (p[i - 1] == '\r' || p[i - 1] == '\n' || (relaxed && is_blank(p[i - 1]))))
    --i;
  return i;
}

}  // namespace

BodyCanonicaliser::BodyCanonicaliser(const Crypto& crypto, Canonicalisation form,
                                     std::optional<std::uint64_t> most)
    : form_(form), most_(most), hash_(crypto) {
  buffer_.reserve(buffer_size);
}

void BodyCanonicaliser::add(std::string_view piece) {
  const bool relaxed = form_ == Canonicalisation::relaxed;
  while (!piece.empty()) {
    if (pending_cr_ || is_special(piece.front())) {
      octet(piece.front());
      piece.remove_prefix(1);
      continue;
    }
    const std::size_t length = plain_length(piece, relaxed);
    run(piece.substr(0, length));
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
  } else if (form_ == Canonicalisation::relaxed && is_blank(c)) {
    pending_space_ = true;
  } else {
    run({&c, 1});
  }
}

void BodyCanonicaliser::break_line() {
  pending_space_ = false;
  ++pending_breaks_;
}

void BodyCanonicaliser::run(std::string_view text) {
  for (; pending_breaks_ > 0; --pending_breaks_)
    write("\r\n");
  if (pending_space_) write(" ");
  pending_space_ = false;
  write(text);
}

void BodyCanonicaliser::write(std::string_view text) {
  const std::uint64_t before = octets_;
  octets_ += text.size();
  if (most_) {
    if (before >= *most_) return;
    text = text.substr(
        0, static_cast<std::size_t>(std::min<std::uint64_t>(text.size(), *most_ - before)));
  }
  if (buffer_.size() + text.size() > buffer_size) flush();
  if (text.size() >= buffer_size / 4) {
    flush();
    hash_.add(text);
  } else {
    buffer_.append(text);
  }
}

void BodyCanonicaliser::flush() {
  if (!buffer_.empty()) hash_.add(buffer_);
  buffer_.clear();
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

std::size_t BodyHashes::want(Canonicalisation form, std::optional<std::uint64_t> most) {
  for (std::size_t i = 0; i < forms_.size(); ++i) {
    if (forms_[i].form() == form && forms_[i].most() == most) return i;
  }
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
}

}  // namespace postern::auth
