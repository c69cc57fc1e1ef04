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

// Up to the next blank. What is in quotes is part of a word, blanks and all: T="a \" b", and the
// sender "a b"@x.example.
std::string_view take_word(std::string_view& text) noexcept {
  while (text.starts_with(' '))
    text.remove_prefix(1);
  std::size_t end = 0;
  for (bool quoted = false; end < text.size() && (quoted || text[end] != ' '); ++end) {
    if (text[end] == '"') quoted = !quoted;
    if (quoted && text[end] == '\\') ++end;
  }
  end = std::min(end, text.size());
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
  std::string_view host;   ///< empty: the line did not come through syslog
  std::string_view stamp;  ///< with its zone, where the log has it
  std::string_view id;     ///< empty: of no message
  std::string_view text;
};

// "2026-10-01 07:12:33"
bool is_stamped(std::string_view line) noexcept {
  return line.size() >= 20 && line[4] == '-' && line[7] == '-' && line[10] == ' ' &&
         line[13] == ':' && line[16] == ':' && are_digits(line.substr(0, 4));
}

// False for what is no line of a mainlog. One that came through syslog has its stamp before Exim's.
bool split_line(std::string_view line, EximLine& out) noexcept {
  if (!is_stamped(line)) {
    const std::size_t tag = line.substr(0, 120).find(" exim[");
    const std::size_t text = tag == std::string_view::npos ? tag : line.find("]: ", tag);
    if (text == std::string_view::npos) return false;
    out.host = line.substr(0, tag);
    out.host.remove_prefix(out.host.rfind(' ') + 1);
    line.remove_prefix(text + 3);
    if (!is_stamped(line)) return false;
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

struct Host {
  bool is_named = false;  ///< the line has an H=
  std::string_view text;  ///< its first word, of whatever kind
  std::string_view name, helo;
  std::optional<IpAddress> address;
};

// Takes "name (helo) [192.0.2.7]:1234", "(helo) [192.0.2.7]", "[192.0.2.1]" off the front; the name
// that a client gives itself may be an address too: "([203.0.113.10]) [192.0.2.7]".
Host take_host(std::string_view& text) noexcept {
  Host host;
  host.is_named = true;
  host.text = text.substr(0, text.find(' '));
  const std::string_view name = text.substr(0, text.find_first_of(" ([:"));
  std::string_view rest = text.substr(name.size());
  while (rest.starts_with(' '))
    rest.remove_prefix(1);
  host.name = name;
  if (rest.starts_with('(')) {
    const std::size_t close = rest.find(") [");
    if (close == std::string_view::npos) return host;
    host.helo = rest.substr(1, close - 1);
    rest.remove_prefix(close + 2);
  }
  if (host.helo.empty()) host.helo = host.name;
  if (!rest.starts_with('[')) return host;
  const std::size_t close = rest.find(']');
  if (close == std::string_view::npos) return host;
  host.address = IpAddress::parse(rest.substr(1, close - 1));
  text = rest.substr(close + 1);
  return host;
}

// What Exim itself says in a line, read in the order in which it writes: text that a stranger has
// chosen comes after it, and may look like it.
struct Fields {
  Host host;
  std::string_view ident;          ///< U=: the user here, or what the client's host says of its own
  std::string_view protocol;       ///< P=
  std::string_view authenticator;  ///< A=
  std::string_view cipher;         ///< X=
  std::string_view sender;         ///< F=
  std::string_view message_id;     ///< id=
  bool is_ambiguous = false;       ///< P=, or the end of a host, stands there twice
};

enum class Kind { arrival, delivery, refusal };

// Ends A= and X= of a line of that kind.
bool is_strangers(Kind kind, std::string_view key) noexcept {
  switch (kind) {
    case Kind::arrival:
      return key == "S" || key == "id" || key == "T" || key == "DN" || key == "SNI";
    case Kind::delivery:
      return key == "C";
    case Kind::refusal:
      return key == "F";
  }
  return true;
}

// Takes the fields off `text`: of a refusal up to its verb, of others to the end.
Fields take_fields(Kind kind, std::string_view& text) noexcept {
  Fields out;
  bool strangers = false;
  while (!text.empty()) {
    std::string_view rest = text;
    const std::string_view word = take_word(rest);
    if (kind == Kind::refusal && (word == "rejected" || word == "temporarily")) return out;
    const std::size_t equals = word.find('=');
    const bool is_field = equals != std::string_view::npos;
    const std::string_view key = is_field ? word.substr(0, equals) : std::string_view{};
    const std::string_view value = is_field ? word.substr(equals + 1) : std::string_view{};
    const std::string_view before = text;
    text = rest;
    if (word.starts_with('[') && out.host.address && !out.host.helo.empty()) {
      out.is_ambiguous = true;  // another ") [": junk in the name that a client gives itself
    }
    if (key == "H" && !strangers && !out.host.is_named) {
      text = before.substr(before.find("H=") + 2);
      out.host = take_host(text);
      if (kind == Kind::delivery && text.starts_with(": ")) return out;  // then comes the reply
      continue;
    }
    if (key == "P") {
      out.is_ambiguous = out.is_ambiguous || !out.protocol.empty();
      if (out.protocol.empty()) out.protocol = value;
    }
    strangers = strangers || is_strangers(kind, key);
    if (key == "U" && !strangers) out.ident = value;
    if (key == "A" && !strangers && out.authenticator.empty()) out.authenticator = value;
    if (key == "X" && !strangers && out.cipher.empty()) out.cipher = value;
    if (key == "F" && out.sender.empty()) out.sender = value;
    if (key == "id" && out.message_id.empty()) out.message_id = value;
    if (kind == Kind::delivery && word.ends_with(':')) return out;
  }
  return out;
}

class Joiner {
 public:
  explicit Joiner(const Reading& reading)
      : seed_(reading.options.seed), open_(reading.options.most_open), rows_(reading) {}

  void take(const EximLine& line, std::uint64_t number) {
    rows_.written_by(line.host);
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
    const Fields fields = take_fields(Kind::arrival, text);
    open.client_known = true;
    if (!fields.is_ambiguous) open.client = fields.host.address;
    open.client_name.assign(fields.host.name);
    open.helo.assign(fields.host.helo);
    // Without a host it was handed over on the machine itself (U=, P=local).
    open.local = !fields.host.is_named;
    // Who signed in, Exim says twice, P=esmtpsa and A=login:scan. Between them stand names that the
    // client has chosen where they are logged (DN=, SNI=), so that P= tells.
    open.signed_in = !fields.is_ambiguous &&
                     (fields.protocol.ends_with("smtpa") || fields.protocol.ends_with("smtpsa"));
    open.tls = fields.cipher.empty() ? policy::Known::no : policy::Known::yes;
    open.message_id.assign(fields.message_id.substr(0, 998));
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
    const std::string_view original = aliased ? rest.substr(1, rest.find('>') - 1) : "";
    const Fields fields = take_fields(Kind::delivery, rest);
    to.next_host = fields.host.name;
    if (aliased && to.next_host.empty()) to.recipient = original;
    if (to.next_host.empty()) to.next_host = fields.host.text;  // "[192.0.2.1]", "/run/lmtp"
    to.signed_in = !fields.authenticator.empty();
    to.tls = fields.host.name.empty() ? policy::Known::unknown
             : fields.cipher.empty()  ? policy::Known::no
                                      : policy::Known::yes;
    if (!sent) {
      const std::size_t reply = rest.find(": 5");
      if (reply != std::string_view::npos) to.reply = rest.substr(reply + 2);
    }
    const QueuedMessage* open = open_.find(key(line.id));
    rows_.delivered(open == nullptr ? LoggedMessage{} : logged(*open), to, number);
  }

  // "H=(evil) [192.0.2.66] F=<ceo@contoso.com> rejected RCPT <ann@contoso.com>: …"
  void refusal(const EximLine& line, std::uint64_t number) {
    std::string_view text = line.text;
    const Fields fields = take_fields(Kind::refusal, text);
    constexpr std::string_view verb = "rejected RCPT ";
    if (text.starts_with("temporarily ") && text.substr(12).starts_with(verb)) {
      return rows_.not_relevant(NotRelevant::other_event);
    }
    if (!text.starts_with(verb)) return;
    const auto time = parse_time(line.stamp);
    if (!time) return rows_.bad(number, "time", "is no time");
    LoggedMessage from;
    from.client_known = true;
    if (!fields.is_ambiguous) from.client = fields.host.address;
    from.client_name = fields.host.name;
    from.helo = fields.host.helo;
    // Nothing but A= tells here, and what a client's host says of its user (U=) comes before it.
    from.signed_in = !fields.authenticator.empty() && fields.ident.empty() && !fields.is_ambiguous;
    from.sender = without_angles(fields.sender);
    from.sender_state = fields.sender.empty() ? State::unknown
                        : from.sender.empty() ? State::null
                                              : State::address;
    std::string_view recipient = text.substr(verb.size());
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
  exim::Joiner joiner(reading);
  auto done = each_line(source, reading.options, [&](std::string_view text, std::uint64_t number) {
    exim::EximLine line;
    if (exim::split_line(text, line)) joiner.take(line, number);
  });
  reading.tell.tally().forgotten = joiner.forgotten();
  return done;
}

}  // namespace postern::evidence
