#include "evidence/logs/postfix_lines.hpp"

#include <algorithm>
#include <cstring>

#include "base/ascii.hpp"
#include "evidence/logs/literal.hpp"
#include "evidence/logs/syslog_lines.hpp"

namespace postern::evidence {
PostfixService postfix_service(std::string_view word) noexcept {
  switch (word.size()) {
    case 4:
      if (is_word(word, "smtp") || is_word(word, "lmtp") || is_word(word, "pipe"))
        return PostfixService::delivery;
      if (is_word(word, "qmgr")) return PostfixService::queue_manager;
      break;
    case 5:
      if (is_word(word, "smtpd")) return PostfixService::smtpd;
      if (is_word(word, "local") || is_word(word, "error") || is_word(word, "relay"))
        return PostfixService::delivery;
      if (is_word(word, "nqmgr")) return PostfixService::queue_manager;
      break;
    case 6:
      if (is_word(word, "pickup")) return PostfixService::pickup;
      break;
    case 7:
      if (is_word(word, "cleanup")) return PostfixService::cleanup;
      if (is_word(word, "virtual") || is_word(word, "discard")) return PostfixService::delivery;
      break;
    case 10:
      if (is_word(word, "postscreen")) return PostfixService::postscreen;
      break;
    default:
      break;
  }
  return PostfixService::none;
}

bool split_tag(std::string_view tag, PostfixLine& line) noexcept {
  if (tag.ends_with(':')) tag.remove_suffix(1);
  std::string_view program = tag;
  if (const std::size_t bracket = tag.find('['); bracket != std::string_view::npos) {
    program = tag.substr(0, bracket);
    line.process = tag.substr(bracket + 1, tag.find(']', bracket) - bracket - 1);
  }
  const std::size_t slash = program.rfind('/');
  if (slash == std::string_view::npos) return false;
  line.service = postfix_service(program.substr(slash + 1));
  // The instance alone has the queue: "postfix/submission/smtpd" is in that of "postfix".
  line.instance = program.substr(0, program.find('/'));
  return line.service != PostfixService::none;
}

bool split_syslog_line(std::string_view text, PostfixLine& line) {
  return split_carried(text, [&](const SyslogLine& head) {
    if (!split_tag(head.program, line)) return false;
    line.process = head.process;
    line.stamp = head.stamp;
    line.host = head.host;
    line.text = head.text;
    return true;
  });
}

std::string_view take_queue_id(std::string_view& text) noexcept {
  // Short ids are hexadecimal; long ones (since Postfix 2.9) use most letters and digits.
  std::size_t end = 0;
  const std::size_t most = std::min<std::size_t>(text.size(), 40);
  while (end < most && ((text[end] >= '0' && text[end] <= '9') ||
                        (ascii_lower(text[end]) >= 'a' && ascii_lower(text[end]) <= 'z'))) {
    ++end;
  }
  if (end < 5 || !begins(text.substr(end), ": ")) return {};
  const std::string_view id = text.substr(0, end);
  text.remove_prefix(end + 2);
  return id;
}

PostfixPeer parse_peer(std::string_view text) noexcept {
  PostfixPeer peer;
  const std::size_t open = text.find('[');
  const std::size_t close =
      open == std::string_view::npos ? std::string_view::npos : text.find(']', open);
  if (close == std::string_view::npos) return peer;
  peer.name = text.substr(0, open);
  std::string_view address = text.substr(open + 1, close - open - 1);
  if (istarts_with(address, "IPv6:")) address.remove_prefix(5);
  peer.address = IpAddress::parse(address);
  peer.well_formed = peer.address || address == "unknown" || address.starts_with('/');
  return peer;
}

std::optional<std::string_view> bracketed(std::string_view text, std::string_view key) noexcept {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  const std::size_t begin = at + key.size();
  for (std::size_t end = text.find('>', begin); end != std::string_view::npos;
       end = text.find('>', end + 1)) {
    if (end + 1 == text.size() || text[end + 1] == ' ' || text[end + 1] == ',') {
      return text.substr(begin, end - begin);
    }
  }
  return std::nullopt;
}

}  // namespace postern::evidence
