#include "smtp/envelope.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "base/ascii.hpp"
#include "message/lexical.hpp"

namespace postern::smtp {
namespace {

bool is_ascii(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

tl::unexpected<Reply> refuse(int code, const char* enhanced, const char* text) {
  return tl::unexpected<Reply>(Reply{code, enhanced, text});
}

// Splits "FROM:<path> PARAMETERS" behind its keyword. The path is as written.
struct Argument {
  std::string_view path;
  std::string_view parameters;
};
std::optional<Argument> split_argument(std::string_view text, std::string_view keyword) {
  if (!istarts_with(text, keyword)) return std::nullopt;
  text.remove_prefix(keyword.size());
  while (text.starts_with(' '))
    text.remove_prefix(1);
  std::size_t end = 0;
  if (text.starts_with('<')) {
    end = 1;
    while (end < text.size() && text[end] != '>') {
      end = text[end] == '"' ? message::after_quoted(text, end) : end + 1;
    }
    if (end >= text.size()) return std::nullopt;
    ++end;
  } else {
    while (end < text.size() && text[end] != ' ') {
      end = text[end] == '"' ? message::after_quoted(text, end) : end + 1;
    }
    end = std::min(end, text.size());
  }
  if (end == 0 || (end < text.size() && text[end] != ' ')) return std::nullopt;
  return Argument{text.substr(0, end), trim(text.substr(end))};
}

// A path that may be written anywhere: printable() also catches C1 controls and direction marks.
std::optional<message::Path> parse_clean(std::string_view text) {
  // RFC 5321, 4.1.2 knows no space around the path within its brackets, nor comments.
  if (text.starts_with('<') && text.size() > 2 && (text[1] == ' ' || text[text.size() - 2] == ' '))
    return std::nullopt;
  auto path = message::parse_path(text);
  if (!path || printable(path->address.text) != path->address.text) return std::nullopt;
  return path;
}

// Octets of SIZE=: RFC 1870, 4 allows 20 digits.
std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Reply> take_parameter(std::string_view parameter, MailFrom& mail) {
  const std::size_t equals = parameter.find('=');
  const std::string_view name = parameter.substr(0, equals);
  const std::string_view value =
      equals == std::string_view::npos ? std::string_view{} : parameter.substr(equals + 1);
  const Reply twice{501, "5.5.4", "Parameter given twice"};
  const Reply bad{501, "5.5.4", "Bad parameter value"};
  if (iequals(name, "SIZE")) {
    if (mail.size) return twice;
    mail.size = parse_size(value);
    if (!mail.size) return bad;
  } else if (iequals(name, "BODY")) {
    if (mail.body != Body::unspecified) return twice;
    if (iequals(value, "7BIT")) {
      mail.body = Body::seven_bit;
    } else if (iequals(value, "8BITMIME")) {
      mail.body = Body::eight_bit_mime;
    } else {
      return bad;
    }
  } else if (iequals(name, "SMTPUTF8")) {
    if (mail.smtputf8) return twice;
    if (equals != std::string_view::npos) return bad;
    mail.smtputf8 = true;
  } else if (iequals(name, "AUTH")) {
    if (mail.auth) return twice;
    mail.auth = decode_xtext(value);
    if (!mail.auth || mail.auth->empty()) return bad;
  } else {
    return Reply{555, "5.5.4", "Parameter not offered"};
  }
  return std::nullopt;
}

}  // namespace

std::string MailFrom::wire() const {
  return path.null ? "<>" : '<' + path.address.text + '>';
}

tl::expected<MailFrom, Reply> parse_mail(std::string_view arguments) {
  const auto argument = split_argument(arguments, "FROM:");
  if (!argument) return refuse(501, "5.5.4", "Syntax: MAIL FROM:<address>");
  auto path = parse_clean(argument->path);
  if (!path) return refuse(501, "5.1.7", "Bad sender address syntax");
  // RFC 5321, 4.1.2: a mailbox has a domain, and only RCPT may say Postmaster. A next hop would add
  // its own, or find one in "ceo%contoso.com" or "contoso.com!ceo".
  if (!path->null && path->address.text.find('@') == std::string::npos) {
    return refuse(501, "5.1.7", "Sender address needs a domain");
  }
  MailFrom mail;
  mail.path = std::move(*path);
  for (std::string_view rest = argument->parameters; !rest.empty();) {
    const std::size_t space = rest.find(' ');
    const std::string_view parameter = rest.substr(0, space);
    rest = space == std::string_view::npos ? std::string_view{} : trim(rest.substr(space));
    if (auto refusal = take_parameter(parameter, mail)) return tl::unexpected(std::move(*refusal));
  }
  // RFC 6531, 3.7.4.1.
  if (!mail.smtputf8 && !is_ascii(mail.path.address.text)) {
    return refuse(553, "5.6.7", "A non-ASCII address needs SMTPUTF8");
  }
  return mail;
}

tl::expected<message::Address, Reply> parse_rcpt(std::string_view arguments, bool smtputf8) {
  const auto argument = split_argument(arguments, "TO:");
  if (!argument) return refuse(501, "5.5.4", "Syntax: RCPT TO:<address>");
  auto path = parse_clean(argument->path);
  if (!path || path->null) return refuse(501, "5.1.3", "Bad recipient address syntax");
  if (!argument->parameters.empty()) return refuse(555, "5.5.4", "Parameter not offered");
  // Only the postmaster has no domain (RFC 5321, 4.1.1.3).
  if (path->address.text.find('@') == std::string::npos &&
      !iequals(path->address.text, "postmaster")) {
    return refuse(501, "5.1.3", "Recipient address needs a domain");
  }
  if (!smtputf8 && !is_ascii(path->address.text)) {
    return refuse(553, "5.6.7", "A non-ASCII address needs SMTPUTF8");
  }
  return std::move(path->address);
}

bool is_helo_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 255 && std::none_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) <= 32 || c == 127;
  });
}

std::optional<std::string> decode_xtext(std::string_view text) {
  const auto digit = [](char c) {
    if (is_ascii_digit(c)) return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char c = static_cast<unsigned char>(text[i]);
    if (c == '+') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = digit(text[i + 1]);
      const int low = digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<unsigned char>(high * 16 + low);
      i += 2;
    } else if (c == '=') {
      return std::nullopt;
    }
    if (c < 32 || c == 127) return std::nullopt;
    out += static_cast<char>(c);
  }
  return out;
}

std::string encode_xtext(std::string_view text) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet <= 32 || octet >= 127 || c == '+' || c == '=') {
      out += '+';
      out += digits[octet >> 4];
      out += digits[octet & 15];
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace postern::smtp
