#include "smtp/testing/dialogue.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <regex>
#include <string_view>

#include "base/ascii.hpp"

namespace postern::smtp {
namespace {

using Kind = Dialogue::Step::Kind;

std::size_t number(std::string_view text) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// "\r", "\n", "\0", "\\", "\xHH".
std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    switch (text[++i]) {
      case 'r':
        out += '\r';
        break;
      case 'n':
        out += '\n';
        break;
      case '0':
        out += '\0';
        break;
      case 'x': {
        unsigned value = 0;
        std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16);
        out += static_cast<char>(value);
        i += 2;
        break;
      }
      default:
        out += text[i];
    }
  }
  return out;
}

Reply read_reply(std::string_view text) {
  ReplyParser parser;
  const std::string line = std::string(text) + "\r\n";
  std::string_view rest = line;
  return parser.next(rest).value_or(Reply{});
}

bool take_option(std::string_view word, std::string_view value, Dialogue& dialogue) {
  ServerOptions& options = dialogue.options;
  if (word == "starttls")
    options.starttls = true;
  else if (word == "require_tls")
    options.require_tls = true;
  else if (word == "auth_in_clear")
    options.auth_in_clear = true;
  else if (word == "xclient")
    dialogue.xclient_allowed = true;
  else if (word == "once")
    dialogue.once = true;
  else if (word == "auth") {
    for (const auto mechanism : split(value, ' '))
      options.auth_mechanisms.emplace_back(mechanism);
  } else if (word == "early")
    dialogue.early = unescape(value);
  else if (word == "size")
    options.data.message = number(value);
  else if (word == "header_size")
    options.data.header = number(value);
  else if (word == "line_size")
    options.data.line = number(value);
  else if (word == "command_size")
    options.longest_command = number(value);
  else if (word == "recipients")
    options.recipients = number(value);
  else if (word == "refused_recipients")
    options.refused_recipients = number(value);
  else if (word == "errors")
    options.errors = number(value);
  else if (word == "commands")
    options.commands = number(value);
  else if (word == "idle_commands")
    options.idle_commands = number(value);
  else if (word == "messages")
    options.messages = number(value);
  else
    return false;
  return true;
}

// What stands between one player and one session.
class Player {
 public:
  explicit Player(const Dialogue& dialogue) : dialogue_(dialogue), session_(dialogue.options) {
    session_.set_client({}, dialogue.xclient_allowed);
    closed_ = !session_.greet(dialogue.early, output_);
  }

  void feed(std::string_view bytes) {
    while (!closed_) {
      const ServerSession::Event event = session_.next(bytes, output_);
      if (!take(event)) return;
    }
  }

  bool shake_hands() {
    if (!wants_tls_) return false;
    wants_tls_ = false;
    session_.tls_started();
    feed({});
    return true;
  }

  // The next line of the output; nullopt where there is none.
  std::optional<std::string> line() {
    const std::size_t end = output_.find("\r\n");
    if (end == std::string::npos) return std::nullopt;
    std::string first = output_.substr(0, end);
    output_.erase(0, end + 2);
    return first;
  }

  bool closed() const { return closed_; }
  std::string& message() { return message_; }

 private:
  // False: nothing more to do with the octets at hand.
  bool take(const ServerSession::Event& event) {
    using Event = ServerSession::Kind;
    switch (event.kind) {
      case Event::input:
        return false;
      case Event::start_tls:
        wants_tls_ = true;
        return false;
      case Event::close:
        closed_ = true;
        return false;
      case Event::abandoned:
        message_.clear();
        return true;
      case Event::signed_out:
        return true;
      case Event::body:
        message_ += event.held;
        message_ += event.text;
        return true;
      case Event::mail:
        return answer("mail", {250, "2.1.0", "OK"});
      case Event::rcpt:
        return answer(session_.recipient().text, {250, "2.1.5", "OK"});
      case Event::data:
        message_.clear();
        return answer("data", {354, "", "Go ahead"});
      case Event::message:
        return answer("message", {250, "2.0.0", "OK"});
      case Event::auth:
      case Event::auth_line:
        return answer("auth " + std::string(session_.text()), {235, "2.7.0", "OK"});
    }
    return false;
  }

  bool answer(const std::string& to, Reply otherwise) {
    for (const Dialogue::Answer& each : dialogue_.answers) {
      if (each.to == to) otherwise = each.reply;
    }
    session_.answer(otherwise, output_);
    return true;
  }

  const Dialogue& dialogue_;
  ServerSession session_;
  std::string output_;
  std::string message_;
  bool wants_tls_ = false;
  bool closed_ = false;
};

std::string at(const Dialogue& dialogue, int line, const std::string& what) {
  return dialogue.file + ":" + std::to_string(line) + ": " + what;
}

}  // namespace

Result<std::vector<Dialogue>> read_dialogues(const std::string& path) {
  std::ifstream file(path);
  if (!file) return fail("can't be read", path);
  std::vector<Dialogue> cases;
  Dialogue defaults;
  defaults.options.host_name = "mx.example";
  std::string line;
  int number_of_line = 0;
  while (std::getline(file, line)) {
    ++number_of_line;
    if (trim(line).empty() || line.starts_with('#')) continue;
    if (line.starts_with("case ")) {
      cases.push_back(defaults);
      cases.back().file = path.substr(path.rfind('/') + 1);
      cases.back().line = number_of_line;
      cases.back().title = trim(line.substr(5));
      continue;
    }
    if (cases.empty()) return fail("a line before the first case", path);
    Dialogue& current = cases.back();
    const auto add = [&](Kind kind, std::string text) {
      current.steps.push_back({kind, std::move(text), number_of_line});
    };
    const std::string_view view = line;
    const auto rest = [view] { return view.size() > 3 ? view.substr(3) : std::string_view{}; };
    if (view.starts_with("c:"))
      add(Kind::client, unescape(rest()) + "\r\n");
    else if (view.starts_with("c+"))
      add(Kind::client, unescape(rest()));
    else if (view.starts_with("s:"))
      add(Kind::server, std::string(rest()));
    else if (view.starts_with("s~"))
      add(Kind::pattern, std::string(rest()));
    else if (view.starts_with("m:"))
      add(Kind::message, std::string(rest()) + "\r\n");
    else if (view == "m.")
      add(Kind::message_end, {});
    else if (view == "tls")
      add(Kind::tls, {});
    else if (view == "close")
      add(Kind::close, {});
    else if (const std::size_t arrow = view.find(" => "); arrow != std::string_view::npos) {
      current.answers.push_back(
          {std::string(view.substr(0, arrow)), read_reply(view.substr(arrow + 4))});
    } else {
      const std::size_t space = std::min(view.find(' '), view.size());
      if (!take_option(view.substr(0, space), trim(view.substr(space)), current)) {
        return fail("'" + line + "' is no line of a dialogue",
                    path + ":" + std::to_string(number_of_line));
      }
    }
  }
  return cases;
}

std::size_t longest_group(const Dialogue& dialogue) {
  std::size_t longest = 0;
  std::size_t group = 0;
  for (const auto& step : dialogue.steps) {
    group = step.kind == Kind::client ? group + step.text.size() : 0;
    longest = std::max(longest, group);
  }
  return longest;
}

std::string play(const Dialogue& dialogue, std::size_t cut) {
  Player player(dialogue);
  std::string group;
  std::string expected_message;
  const auto flush = [&] {
    if (cut == single_octets) {
      for (const char c : group)
        player.feed({&c, 1});
    } else {
      const std::size_t first = cut == 0 ? group.size() : std::min(cut, group.size());
      player.feed(std::string_view(group).substr(0, first));
      if (first < group.size()) player.feed(std::string_view(group).substr(first));
    }
    group.clear();
  };
  for (const auto& step : dialogue.steps) {
    if (step.kind == Kind::client) {
      group += step.text;
      continue;
    }
    if (!group.empty()) flush();
    if (step.kind == Kind::message) {
      if (!player.message().starts_with(step.text)) {
        return at(dialogue, step.line, "the message goes on with: " + player.message());
      }
      player.message().erase(0, step.text.size());
    } else if (step.kind == Kind::message_end) {
      if (!player.message().empty()) {
        return at(dialogue, step.line, "the message goes on with: " + player.message());
      }
    } else if (step.kind == Kind::tls) {
      if (!player.shake_hands()) return at(dialogue, step.line, "the session wants no TLS");
    } else if (step.kind == Kind::close) {
      if (auto more = player.line()) return at(dialogue, step.line, "more was said: " + *more);
      if (!player.closed()) return at(dialogue, step.line, "the session goes on");
    } else {
      const auto line = player.line();
      if (!line) return at(dialogue, step.line, "nothing was said");
      const bool same = step.kind == Kind::server ? *line == step.text
                                                  : std::regex_match(*line, std::regex(step.text));
      if (!same) return at(dialogue, step.line, "it said: " + *line);
    }
  }
  if (!group.empty()) flush();
  if (auto more = player.line()) return at(dialogue, dialogue.line, "more was said: " + *more);
  return {};
}

}  // namespace postern::smtp
