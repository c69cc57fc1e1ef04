// Exim's mainlog as evidence: lines of one message are joined by its id.
//
//   2026-10-01 07:12:33 1abcde-000001-AB <= scan@contoso.com H=mfp [192.0.2.7] P=esmtp S=1 id=1@mfp
//   2026-10-01 07:12:34 1abcde-000001-AB => ann@contoso.com R=smarthost T=remote_smtp H=…
//   [192.0.2.25]
//
// https://www.exim.org/exim-html-current/doc/html/spec_html/ch-log_files.html
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/ascii.hpp"
#include "base/hash.hpp"
#include "evidence/logs/log_lines.hpp"
#include "evidence/logs/queued_messages.hpp"
#include "evidence/logs/relay_rows.hpp"
#include "evidence/registry.hpp"

namespace postern::evidence {
namespace exim {
namespace {

using State = policy::ReversePath::State;

std::string_view take_word(std::string_view& text) noexcept {
  while (text.starts_with(' '))
    text.remove_prefix(1);
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

bool are_digits(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_ascii_digit);
}

// "1abcde-000001-AB"; since Exim 4.97 "1rABCD-00000001Abc-2XyZ".
bool is_message_id(std::string_view word) noexcept {
  const std::size_t first = word.find('-');
  const std::size_t second =
      first == std::string_view::npos ? std::string_view::npos : word.find('-', first + 1);
  if (first != 6 || second == std::string_view::npos) return false;
  const bool old_form = second == 13 && word.size() == 16;
  const bool new_form = second == 18 && word.size() == 23;
  return (old_form || new_form) && std::all_of(word.begin(), word.end(), [](char c) {
           return c == '-' || is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
         });
}

struct EximLine {
  std::string_view stamp;  ///< with its zone, where the log has it
  std::string_view id;     ///< empty: of no message
  std::string_view text;
};

// False for what is no line of a mainlog. One that came through syslog has its stamp before Exim's.
bool split_line(std::string_view line, EximLine& out) noexcept {
  if (const std::size_t tag = line.substr(0, 120).find(" exim["); tag != std::string_view::npos) {
    const std::size_t text = line.find("]: ", tag);
    if (text == std::string_view::npos) return false;
    line.remove_prefix(text + 3);
  }
  if (line.size() < 20 || line[4] != '-' || line[7] != '-' || line[10] != ' ' || line[13] != ':' ||
      line[16] != ':' || !are_digits(line.substr(0, 4))) {
    return false;
  }
  std::size_t end = std::min(line.find(' ', 11), line.size());
  const std::string_view zone = line.substr(std::min(end + 1, line.size()), 5);
  if (zone.size() == 5 && (zone[0] == '+' || zone[0] == '-') && are_digits(zone.substr(1))) {
    end += 6;
  }
  out.stamp = line.substr(0, end);
  out.text = line.substr(std::min(end + 1, line.size()));
  if (out.text.starts_with('[')) {  // the process's number (log_selector = +pid)
    const std::size_t close = out.text.find("] ");
    if (close == std::string_view::npos) return false;
    out.text.remove_prefix(close + 2);
  }
  std::string_view rest = out.text;
  const std::string_view word = take_word(rest);
  out.id = {};
  if (is_message_id(word)) {
    out.id = word;
    out.text = rest;
  }
  return true;
}

// The value of "KEY=" among the words; a quoted one without its quotes.
std::string_view field(std::string_view text, std::string_view key) noexcept {
  for (std::size_t at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1)) {
    if (at > 0 && text[at - 1] != ' ') continue;
    std::string_view value = text.substr(at + key.size());
    if (value.starts_with('"')) return value.substr(1, value.find('"', 1) - 1);
    return value.substr(0, value.find(' '));
  }
  return {};
}

struct Host {
  std::string_view name, helo;
  std::optional<IpAddress> address;
};

// "H=name (helo) [192.0.2.7]:1234", "H=(helo) [192.0.2.7]".
Host host_of(std::string_view text) noexcept {
  Host host;
  const std::size_t at = text.starts_with("H=") ? 0 : text.find(" H=");
  if (at == std::string_view::npos) return host;
  text.remove_prefix(at + (at == 0 ? 2 : 3));
  const std::size_t open = text.find('[');
  if (open == std::string_view::npos) return host;
  std::string_view names = text.substr(0, open);
  if (const std::size_t helo = names.find('('); helo != std::string_view::npos) {
    host.helo = names.substr(helo + 1, names.find(')', helo) - helo - 1);
    names = names.substr(0, helo);
  }
  host.name = trim(names);
  if (host.helo.empty()) host.helo = host.name;
  host.address = IpAddress::parse(text.substr(open + 1, text.find(']', open) - open - 1));
  return host;
}

class Joiner {
 public:
  Joiner(const Options& options, Teller& tell)
      : seed_(options.seed), open_(options.most_open), rows_(options, tell) {}

  void take(const EximLine& line, std::uint64_t number) {
    if (line.id.empty()) return refusal(line, number);
    std::string_view text = line.text;
    const std::string_view mark = take_word(text);
    if (mark == "<=") return arrival(line, text);
    if (mark == "=>" || mark == "->" || mark == ">>") return delivery(line, text, true, number);
    if (mark == "**") return delivery(line, text, false, number);
    if (mark == "==") return rows_.not_relevant(NotRelevant::other_event);  // tried again
    if (mark == "Completed") return open_.close(key(line.id));
    refusal(line, number);
  }
  [[nodiscard]] std::uint64_t forgotten() const noexcept { return open_.forgotten(); }

 private:
  [[nodiscard]] std::uint64_t key(std::string_view id) const noexcept { return hash_of(seed_, id); }

  void arrival(const EximLine& line, std::string_view text) {
    const std::string_view sender = take_word(text);
    QueuedMessage& open = open_.at(key(line.id));
    open.reset();
    open.sender_state = sender == "<>" ? State::null : State::address;
    if (sender != "<>") open.sender.assign(sender.substr(0, 1000));
    const Host host = host_of(text);
    open.client_known = true;
    open.client = host.address;
    open.client_name.assign(host.name);
    open.helo.assign(host.helo);
    // Without a host it was handed over on the machine itself (U=, P=local).
    open.local = !host.address;
    open.signed_in = !field(text, "A=").empty();
    open.tls = field(text, "X=").empty() ? policy::Known::no : policy::Known::yes;
    open.message_id.assign(field(text, "id=").substr(0, 998));
  }

  void delivery(const EximLine& line, std::string_view text, bool sent, std::uint64_t number) {
    LoggedDelivery to;
    to.sent = sent;
    to.time = parse_time(line.stamp);
    if (!to.time) return rows_.bad(number, "time", "is no time");
    std::string_view rest = text;
    to.recipient = take_word(rest);
    if (to.recipient.ends_with(':')) to.recipient.remove_suffix(1);
    // "ann <ann@contoso.com>": what it became, and what it was sent to.
    const bool aliased = rest.starts_with('<') && rest.find('>') != std::string_view::npos;
    const Host next = host_of(text);
    to.next_host = next.name.empty() ? field(text, "H=") : next.name;  // "H=[192.0.2.1]"
    if (aliased && next.name.empty()) to.recipient = rest.substr(1, rest.find('>') - 1);
    to.signed_in = !field(text, "A=").empty();
    to.tls = next.name.empty()           ? policy::Known::unknown
             : field(text, "X=").empty() ? policy::Known::no
                                         : policy::Known::yes;
    if (!sent) {
      const std::size_t reply = text.find(": 5");
      if (reply != std::string_view::npos) to.reply = text.substr(reply + 2);
    }
    const QueuedMessage* open = open_.find(key(line.id));
    rows_.delivered(open == nullptr ? LoggedMessage{} : logged(*open), to, number);
  }

  // "H=(evil) [192.0.2.66] F=<ceo@contoso.com> rejected RCPT <ann@contoso.com>: …"
  void refusal(const EximLine& line, std::uint64_t number) {
    const std::size_t at = line.text.find(" rejected RCPT ");
    if (at == std::string_view::npos) return;
    if (line.text.find(" temporarily rejected RCPT ") != std::string_view::npos) {
      return rows_.not_relevant(NotRelevant::other_event);
    }
    const auto time = parse_time(line.stamp);
    if (!time) return rows_.bad(number, "time", "is no time");
    const Host host = host_of(line.text.substr(0, at));
    LoggedMessage from;
    from.client_known = true;
    from.client = host.address;
    from.client_name = host.name;
    from.helo = host.helo;
    from.signed_in = !field(line.text.substr(0, at), "A=").empty();
    const std::string_view sender = field(line.text.substr(0, at), "F=");
    from.sender = without_angles(sender);
    from.sender_state = sender.empty()        ? State::unknown
                        : from.sender.empty() ? State::null
                                              : State::address;
    std::string_view recipient = line.text.substr(at + 15);
    recipient = recipient.substr(0, recipient.find(recipient.starts_with('<') ? '>' : ':'));
    if (recipient.starts_with('<')) recipient.remove_prefix(1);
    rows_.refused(from, recipient, time, number);
  }

  HashSeed seed_;
  QueuedMessages open_;
  RelayRows rows_;
};

}  // namespace
}  // namespace exim

bool starts_like_exim(std::string_view first_piece, Encoding) {
  return any_line_is(first_piece, [](std::string_view text) {
    exim::EximLine line;
    if (!exim::split_line(text, line) || line.id.empty()) return false;
    const std::string_view mark = exim::take_word(line.text);
    return mark == "<=" || mark == "=>" || mark == "->" || mark == "**" || mark == "==" ||
           mark == "Completed";
  });
}

Result<void> read_exim(ByteSource& source, const Reading& reading) {
  exim::Joiner joiner(reading.options, reading.tell);
  auto done = each_line(source, reading.options, [&](std::string_view text, std::uint64_t number) {
    exim::EximLine line;
    if (exim::split_line(text, line)) joiner.take(line, number);
  });
  reading.tell.tally().forgotten = joiner.forgotten();
  return done;
}

}  // namespace postern::evidence
