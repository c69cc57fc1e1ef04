#include "smtp/reply.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"

namespace postern::smtp {
namespace {

// The length of "D.DDD.DDD" followed by a space or the end (RFC 3463, 2); 0 where there is none.
std::size_t enhanced_length(std::string_view text) noexcept {
  if (text.empty() || (text[0] != '2' && text[0] != '4' && text[0] != '5')) return 0;
  std::size_t at = 1;
  for (int part = 0; part < 2; ++part) {
    if (at >= text.size() || text[at] != '.') return 0;
    const std::size_t start = ++at;
    while (at < text.size() && at - start < 3 && is_ascii_digit(text[at]))
      ++at;
    if (at == start) return 0;
  }
  return at == text.size() || text[at] == ' ' ? at : 0;
}

}  // namespace

void append(std::string& out, const Reply& reply) {
  std::string_view rest = reply.text;
  for (;;) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    out += static_cast<char>('0' + reply.code / 100 % 10);
    out += static_cast<char>('0' + reply.code / 10 % 10);
    out += static_cast<char>('0' + reply.code % 10);
    out += end == std::string_view::npos ? ' ' : '-';
    out += reply.enhanced;
    if (!reply.enhanced.empty() && !line.empty()) out += ' ';
    for (const char c : line)
      out += static_cast<unsigned char>(c) < 32 || c == 127 ? '?' : c;
    out += "\r\n";
    if (end == std::string_view::npos) return;
    rest.remove_prefix(end + 1);
  }
}

std::string Reply::wire() const {
  std::string out;
  append(out, *this);
  return out;
}

std::string Reply::line() const {
  std::string out = std::to_string(code);
  if (!enhanced.empty()) out += ' ' + enhanced;
  std::string_view rest = text;
  const char* separator = " ";
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    out += separator + printable(rest.substr(0, end));
    separator = " / ";
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return out;
}

bool ReplyParser::take_line(std::string_view line) {
  if (line.size() < 3 || line[0] < '1' || line[0] > '5' || !is_ascii_digit(line[1]) ||
      !is_ascii_digit(line[2]) || (line.size() > 3 && line[3] != ' ' && line[3] != '-')) {
    fault_ = Fault::malformed;
    return false;
  }
  const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  if (lines_ > 0 && code != reply_.code) {
    fault_ = Fault::mixed_codes;
    return false;
  }
  if (++lines_ > most_lines) {
    fault_ = Fault::too_long;
    return false;
  }
  last_ = line.size() == 3 || line[3] == ' ';
  std::string_view text = line.substr(std::min<std::size_t>(line.size(), 4));
  if (const std::size_t length = enhanced_length(text); length > 0) {
    if (lines_ == 1) reply_.enhanced = text.substr(0, length);
    // Each line repeats it (RFC 2034, 4); another one belongs to the text.
    if (text.substr(0, length) == reply_.enhanced) {
      text.remove_prefix(std::min(text.size(), length + 1));
    }
  }
  reply_.code = code;
  if (lines_ > 1) reply_.text += '\n';
  reply_.text += text;
  return true;
}

std::optional<Reply> ReplyParser::next(std::string_view& input) {
  while (fault_ == Fault::none && !input.empty()) {
    const std::size_t end = input.find('\n');
    const std::size_t taken = end == std::string_view::npos ? input.size() : end + 1;
    if (line_.size() + taken > longest_line) {
      fault_ = Fault::too_long;
      break;
    }
    line_ += input.substr(0, taken);
    input.remove_prefix(taken);
    if (end == std::string_view::npos) break;
    line_.pop_back();
    if (line_.empty() || line_.find('\r') != line_.size() - 1) {
      fault_ = Fault::line_end;
      break;
    }
    line_.pop_back();
    const bool good = take_line(line_);
    line_.clear();
    if (!good) break;
    if (last_) {
      Reply done = std::move(reply_);
      reply_ = {};
      lines_ = 0;
      last_ = false;
      return done;
    }
  }
  return std::nullopt;
}

std::string_view name_of(ReplyParser::Fault fault) noexcept {
  switch (fault) {
    case ReplyParser::Fault::none:
      return "no fault";
    case ReplyParser::Fault::malformed:
      return "its reply does not begin with a code";
    case ReplyParser::Fault::mixed_codes:
      return "the lines of its reply have different codes";
    case ReplyParser::Fault::line_end:
      return "its reply has a line that does not end with CRLF";
    case ReplyParser::Fault::too_long:
      return "its reply is too long";
  }
  return "";
}

}  // namespace postern::smtp
