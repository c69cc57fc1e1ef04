#include "message/received.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/ascii.hpp"
#include "message/lexical.hpp"
#include "message/path.hpp"

namespace postern::message {
namespace {

constexpr std::size_t most_tokens = 400;
constexpr std::size_t longest_name = 255;  // RFC 1035, 2.3.4

enum class Clause { none, from, by, via, with, id, recipient };

Clause clause_of(std::string_view word) noexcept {
  struct Keyword {
    std::string_view word;
    Clause clause;
  };
  static constexpr std::array<Keyword, 6> keywords = {{{"from", Clause::from},
                                                       {"by", Clause::by},
                                                       {"via", Clause::via},
                                                       {"with", Clause::with},
                                                       {"id", Clause::id},
                                                       {"for", Clause::recipient}}};
  for (const Keyword& keyword : keywords) {
    if (iequals(word, keyword.word)) return keyword.clause;
  }
  return Clause::none;
}

std::string_view without_brackets(std::string_view text) noexcept {
  if (text.starts_with('[')) text.remove_prefix(1);
  return text.substr(0, text.find(']'));
}

// "192.0.2.1", "[192.0.2.1]", "[IPv6:2001:db8::1]:25", "fe80::1%4".
std::optional<IpAddress> address_of(std::string_view text) noexcept {
  text = without_brackets(text);
  if (istarts_with(text, "IPv6:")) text.remove_prefix(5);
  return IpAddress::parse(text.substr(0, text.find('%')));
}

std::string name_of(std::string_view text) {
  text = text.substr(0, longest_name);
  while (text.ends_with('.'))
    text.remove_suffix(1);
  return std::string(text);
}

// The comment after the "from" value, where the server writes what it saw of the client.
void read_client_comment(std::string_view comment, std::string_view value, Received& out) {
  bool first = true;
  for (const Token& token : tokenise(comment, 20)) {
    if (token.comment) continue;  // "(may be forged)"
    std::string_view word = token.text;
    if (istarts_with(word, "helo=")) {  // Exim; the value is the verified reverse name
      out.helo = name_of(word.substr(5));
      if (!value.starts_with('[')) out.client_hostname = name_of(value);
      if (!out.client_ip) out.client_ip = address_of(value);
      continue;
    }
    if (first && (iequals(word, "HELO") || iequals(word, "EHLO"))) {  // qmail
      if (!iequals(value, "unknown")) out.client_hostname = name_of(value);
      out.helo = name_of(trim(comment.substr(word.size())));
      return;
    }
    // An ident answer stands before an '@': "root@mail.example".
    if (const std::size_t at = word.rfind('@'); at != std::string_view::npos) {
      word.remove_prefix(at + 1);
    }
    if (const auto ip = address_of(word)) {
      if (!out.client_ip) out.client_ip = ip;
    } else if (first && !word.empty() && word.find('=') == std::string_view::npos &&
               !iequals(word, "unknown") && word.find('.') != std::string_view::npos) {
      out.client_hostname = name_of(word);
    }
    first = false;
  }
}

bool tells_tls(std::string_view comment) noexcept {
  return ifind(comment, "version=TLS") != std::string_view::npos ||
         ifind(comment, "version=SSL") != std::string_view::npos ||
         istarts_with(comment, "using TLS") || istarts_with(comment, "using SSL") ||
         istarts_with(comment, "TLS") || ifind(comment, "cipher=TLS") != std::string_view::npos ||
         ifind(comment, "Transport Security") != std::string_view::npos;
}

// RFC 3848: the S of ESMTPS and ESMTPSA is TLS, the A is authentication. RFC 6531, 4.3 adds
// UTF8SMTP.
void read_protocol(std::string_view with, Received& out) {
  if (istarts_with(with, "Microsoft SMTP Server")) {
    // It names version and cipher where there is TLS.
    if (!out.tls) out.tls = false;
    return;
  }
  const std::string_view word = with.substr(0, with.find(' '));
  for (const std::string_view base : {"ESMTP", "UTF8SMTP", "LMTP", "UTF8LMTP", "SMTP", "ASMTP"}) {
    if (!istarts_with(word, base)) continue;
    const std::string_view suffix = word.substr(base.size());
    if (suffix.empty() || iequals(suffix, "A")) {
      if (!out.tls) out.tls = false;
    } else if (iequals(suffix, "S") || iequals(suffix, "SA")) {
      out.tls = true;
    } else {
      continue;
    }
    out.authenticated = out.authenticated || iequals(suffix, "A") || iequals(suffix, "SA") ||
                        iequals(base, "ASMTP");
    return;
  }
  if (iequals(word, "HTTPS")) out.tls = true;
}

}  // namespace

Received parse_received(std::string_view text) {
  Received out;
  // The date follows the last semicolon that is in no comment (RFC 5321, 4.4).
  const auto pieces = split_structured(text, ';', 64);
  if (pieces.size() > 1) {
    out.time = parse_mail_date(pieces.back());
    text = text.substr(0, static_cast<std::size_t>(pieces.back().data() - text.data()) - 1);
  }

  Clause clause = Clause::none;
  std::string_view from;
  bool from_comment_seen = false;
  bool value_expected = false;
  bool written_by_exim = false;
  for (const Token& token : tokenise(text, most_tokens)) {
    if (token.comment) {
      if (tells_tls(token.text)) out.tls = true;
      if (istarts_with(token.text, "Authenticated sender")) out.authenticated = true;
      if (istarts_with(token.text, "Exim")) written_by_exim = true;
      if (clause == Clause::from && !value_expected) {
        // qmail writes two: "(HELO name) (192.0.2.1)".
        if (!from_comment_seen || !out.client_ip) read_client_comment(token.text, from, out);
        from_comment_seen = true;
      }
      continue;
    }
    // A name may look like a keyword ("from by (192.0.2.1) by mx"): a value is taken as it comes.
    if (!value_expected) {
      const Clause next = clause_of(token.text);
      // Only the first "from" opens the clause; qmail's "(… invoked from network)" is a comment.
      if (next != Clause::none && !(next == Clause::from && clause != Clause::none)) {
        clause = next;
        value_expected = true;
        continue;
      }
    }
    const bool first_value = value_expected;
    value_expected = false;
    if (clause == Clause::from && first_value) {
      from = token.text;
      out.helo = std::string(from.substr(0, longest_name));
    } else if (clause == Clause::by && first_value && out.by.empty()) {
      out.by = name_of(token.text);
    } else if (clause == Clause::with && (first_value || out.with.size() < 40)) {
      if (!first_value) out.with += ' ';
      out.with += token.text.substr(0, longest_name);
    } else if (clause == Clause::recipient && first_value) {
      if (auto path = parse_path(token.text)) out.recipient = std::move(path->address.text);
    }
  }
  // "from [192.0.2.1] by mx with esmtp (Exim 4.96)": only Exim puts what it saw in the value.
  if (!out.client_ip && !from_comment_seen && written_by_exim) out.client_ip = address_of(from);
  read_protocol(out.with, out);
  return out;
}

}  // namespace postern::message
