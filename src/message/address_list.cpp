#include "message/address_list.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/ascii.hpp"
#include "message/encoded_word.hpp"
#include "message/lexical.hpp"

namespace postern::message {
namespace {

bool is_folding_space(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// RFC 5322, 3.2.3 with RFC 6532: all but specials, space and controls.
bool is_atom_octet(char c) noexcept {
  const auto octet = static_cast<unsigned char>(c);
  return octet > 32 && octet != 127 &&
         std::string_view("()<>[]:;@\\,.\"").find(c) == std::string_view::npos;
}

bool is_stray_control(char c) noexcept {
  return (static_cast<unsigned char>(c) < 32 && !is_folding_space(c)) || c == 127;
}

class AddressReader {
 public:
  explicit AddressReader(std::string_view text) : text_(text) {}

  AddressList run() {
    out_.whole = is_valid_utf8(text_) && std::none_of(text_.begin(), text_.end(), is_stray_control);
    while (at_ < text_.size()) {
      if (!element()) pass_over();
      skip();
      // A separator, or the end of a group.
      if (at_ == text_.size()) break;
      if (text_[at_] == ';' && in_group_) {
        in_group_ = false;
        ++at_;
        skip();
        if (at_ < text_.size() && text_[at_] != ',') out_.whole = false;
        if (at_ < text_.size() && text_[at_] == ',') ++at_;
      } else if (text_[at_] == ',') {
        ++at_;
      } else {
        out_.whole = false;
        if (text_[at_] == ';') ++at_;
      }
    }
    if (in_group_) out_.whole = false;
    return std::move(out_);
  }

 private:
  [[nodiscard]] bool sees(char c) const noexcept { return at_ < text_.size() && text_[at_] == c; }

  /// Comments and folding white space.
  void skip() {
    while (at_ < text_.size()) {
      if (is_folding_space(text_[at_])) {
        ++at_;
      } else if (text_[at_] == '(') {
        const std::size_t end = after_comment(text_, at_);
        // Unclosed, it runs to the end of the text, and may hide an address from us.
        if (text_[end - 1] != ')' || end - at_ < 2) out_.whole = false;
        at_ = end;
      } else {
        return;
      }
    }
  }

  /// An atom or a quoted string, as written; empty where there is none.
  std::string_view word() {
    const std::size_t start = at_;
    if (sees('"')) {
      at_ = after_quoted(text_, at_);
      if (at_ - start < 2 || text_[at_ - 1] != '"') out_.whole = false;
    } else {
      while (at_ < text_.size() && is_atom_octet(text_[at_]))
        ++at_;
    }
    return text_.substr(start, at_ - start);
  }

  /// Words and dots up to a special. `local` is what they are before an '@', `phrase` before a '<'.
  struct Words {
    std::string local;
    std::string phrase;
    bool dotted = true;  ///< between any two words stands a dot
  };
  Words words() {
    Words found;
    bool after_word = false;
    for (skip(); at_ < text_.size(); skip()) {
      if (sees('.')) {
        found.local += '.';
        found.phrase += '.';
        after_word = false;
        ++at_;
        continue;
      }
      const std::string_view next = word();
      if (next.empty()) break;
      if (after_word) found.dotted = false;
      if (!found.phrase.empty()) found.phrase += ' ';
      found.phrase += next.starts_with('"') ? unquoted(next) : std::string(next);
      found.local += next;
      after_word = true;
    }
    return found;
  }

  /// What follows an '@': a dot-atom or a literal. Comments and space within (obs-domain) are read,
  /// and told.
  std::string domain() {
    std::string out;
    skip();
    if (sees('[')) {
      const std::size_t close = text_.find(']', at_);
      if (close == std::string_view::npos) return out;
      out = text_.substr(at_, close + 1 - at_);
      at_ = close + 1;
      return out;
    }
    bool after_atom = false;
    bool gap = false;
    while (at_ < text_.size()) {
      const bool dot = sees('.');
      if (!dot && (after_atom || !is_atom_octet(text_[at_]))) break;
      // Some read "contoso.com. example" as one domain, some as the first half of it.
      if (gap && !out.empty()) out_.whole = false;
      out += dot ? text_.substr(at_++, 1) : word();
      after_atom = !dot;
      const std::size_t end = at_;
      skip();
      gap = at_ != end;
    }
    return out;
  }

  bool add(const Words& local, const std::string& display) {
    ++at_;  // the '@'
    const std::string text = local.local + '@' + domain();
    auto address = parse_address(text);
    if (!local.dotted || local.local.empty() || !address) return false;
    out_.mailboxes.push_back({decode_words(display), std::move(*address)});
    return true;
  }

  /// "@a,@b:", RFC 5322, 4.4.
  bool route() {
    while (sees('@')) {
      ++at_;
      if (domain().empty()) return false;
      skip();
      while (sees(',')) {
        ++at_;
        skip();
      }
    }
    if (!sees(':')) return false;
    ++at_;
    return true;
  }

  bool angle(const std::string& display) {
    ++at_;  // the '<'
    skip();
    if (sees('@') && !route()) return false;
    const Words local = words();
    if (!sees('@') || !add(local, display)) return false;
    skip();
    if (!sees('>')) return false;
    ++at_;
    return true;
  }

  /// One mailbox, the name of a group, or nothing at all. False where it is none of these.
  bool element() {
    const Words found = words();
    if (sees('<')) return angle(found.phrase);
    if (sees('@')) return add(found, {});
    if (sees(':') && !in_group_ && !found.phrase.empty()) {
      in_group_ = true;
      ++at_;
      return at_ == text_.size() || sees(';') || element();
    }
    return found.local.empty() && (at_ == text_.size() || sees(',') || sees(';'));
  }

  /// Up to the next separator; what is passed over is not read.
  void pass_over() {
    out_.whole = false;
    while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != ';') {
      if (text_[at_] == '"') {
        at_ = after_quoted(text_, at_);
      } else if (text_[at_] == '(') {
        at_ = after_comment(text_, at_);
      } else {
        ++at_;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool in_group_ = false;
  AddressList out_;
};

}  // namespace

AddressList read_address_list(std::string_view body) {
  return AddressReader(body).run();
}

}  // namespace postern::message
