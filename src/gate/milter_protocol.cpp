#include "gate/milter_protocol.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::gate::milter {
namespace {

std::uint32_t number_at(std::string_view octets, std::size_t at) noexcept {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value = value << 8 | static_cast<unsigned char>(octets[at + i]);
  return value;
}

void put_number(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>(value >> shift & 0xff);
}

void put_frame(std::string& out, char command, std::string_view arguments = {}) {
  put_number(out, static_cast<std::uint32_t>(arguments.size() + 1));
  out += command;
  out += arguments;
}

// What may stand in a reply: no controls, which could end a line; no octet beyond ASCII.
std::string reply_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '%') {
      out += "%%";
    } else {
      out += octet < 0x20 || octet > 0x7e ? '?' : c;
    }
  }
  return out;
}

int hexadecimal(char c) noexcept {
  if (is_ascii_digit(c)) return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

std::optional<Frame> Frames::next(std::string_view& input) {
  if (taken_) {
    buffer_.clear();
    if (buffer_.capacity() > 1u << 17) buffer_.shrink_to_fit();
    taken_ = false;
  }
  const auto fill = [&](std::size_t size) {
    const std::size_t piece = std::min(size - buffer_.size(), input.size());
    buffer_ += input.substr(0, piece);
    input.remove_prefix(piece);
    return buffer_.size() == size;
  };
  if (too_long_ || (buffer_.size() < 4 && !fill(4))) return std::nullopt;
  const std::size_t length = number_at(buffer_, 0);
  if (length == 0 || length > longest) {
    too_long_ = true;
    return std::nullopt;
  }
  if (!fill(4 + length)) return std::nullopt;
  taken_ = true;
  return Frame{buffer_[4], std::string_view(buffer_).substr(5)};
}

std::optional<Options> parse_negotiate(std::string_view arguments) {
  if (arguments.size() < 12) return std::nullopt;
  return Options{number_at(arguments, 0), number_at(arguments, 4), number_at(arguments, 8)};
}

std::optional<ConnectFacts> parse_connect(std::string_view arguments) {
  const std::size_t end = arguments.find('\0');
  if (end == std::string_view::npos || end + 1 >= arguments.size()) return std::nullopt;
  ConnectFacts facts;
  facts.host = arguments.substr(0, end);
  const char family = arguments[end + 1];
  std::string_view rest = arguments.substr(end + 2);
  if (family == 'U') return facts;
  if (family != '4' && family != '6' && family != 'L') return std::nullopt;
  if (rest.size() < 3 || rest.back() != '\0') return std::nullopt;
  if (family == 'L') return facts;
  facts.port = static_cast<std::uint16_t>(static_cast<unsigned char>(rest[0]) << 8 |
                                          static_cast<unsigned char>(rest[1]));
  rest = rest.substr(2, rest.size() - 3);
  if (istarts_with(rest, "IPv6:")) rest.remove_prefix(5);
  facts.address = IpAddress::parse(rest);
  if (!facts.address) return std::nullopt;
  return facts;
}

std::optional<std::vector<std::string_view>> parse_strings(std::string_view arguments) {
  std::vector<std::string_view> out;
  while (!arguments.empty()) {
    const std::size_t end = arguments.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    out.push_back(arguments.substr(0, end));
    arguments.remove_prefix(end + 1);
  }
  return out;
}

void put_negotiate(std::string& out, const Options& options,
                   const std::vector<SymbolList>& symbols) {
  std::string arguments;
  put_number(arguments, options.version);
  put_number(arguments, options.actions);
  put_number(arguments, options.steps);
  for (const SymbolList& list : symbols) {
    put_number(arguments, static_cast<std::uint32_t>(list.stage));
    arguments += list.symbols;
    arguments += '\0';
  }
  put_frame(out, 'O', arguments);
}

void put_continue(std::string& out) {
  put_frame(out, 'c');
}

void put_reply(std::string& out, const smtp::Reply& reply) {
  const std::vector<std::string_view> lines = split(reply.text, '\n');
  std::string arguments;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool last = i + 1 == lines.size();
    arguments += fmt::format("{}{}", reply.code, last ? ' ' : '-');
    if (!reply.enhanced.empty()) arguments += reply.enhanced + ' ';
    arguments += reply_text(lines[i]);
    if (!last) arguments += "\r\n";
  }
  arguments += '\0';
  put_frame(out, 'y', arguments);
}

void put_insert_header(std::string& out, std::string_view name, std::string_view value,
                       bool leading_space) {
  std::string arguments;
  put_number(arguments, 0);
  arguments += name;
  arguments += '\0';
  if (leading_space) arguments += ' ';
  std::copy_if(value.begin(), value.end(), std::back_inserter(arguments),
               [](char c) { return c != '\r' && c != '\0'; });
  arguments += '\0';
  put_frame(out, 'i', arguments);
}

void put_remove_header(std::string& out, unsigned occurrence, std::string_view name) {
  std::string arguments;
  put_number(arguments, occurrence);
  arguments += name;
  arguments += '\0';
  arguments += '\0';
  put_frame(out, 'm', arguments);
}

bool Macros::take(std::string_view arguments) {
  if (arguments.empty()) return false;
  const char command = arguments.front();
  const auto strings = parse_strings(arguments.substr(1));
  if (!strings || strings->size() % 2 != 0) return false;
  forget(static_cast<Command>(command));
  for (std::size_t i = 0; i + 1 < strings->size() && values_.size() < most; i += 2) {
    std::string_view name = (*strings)[i];
    if (name.size() > 2 && name.front() == '{' && name.back() == '}') {
      name = name.substr(1, name.size() - 2);
    }
    values_.push_back({command, std::string(name), std::string((*strings)[i + 1])});
  }
  return true;
}

const std::string* Macros::find(std::string_view name) const noexcept {
  if (name.size() > 2 && name.front() == '{' && name.back() == '}') {
    name = name.substr(1, name.size() - 2);
  }
  for (auto value = values_.rbegin(); value != values_.rend(); ++value) {
    if (value->name == name) return value->value.empty() ? nullptr : &value->value;
  }
  return nullptr;
}

void Macros::forget(Command command) {
  std::erase_if(values_,
                [&](const Value& value) { return value.command == static_cast<char>(command); });
}

std::string common_name_of(std::string_view subject) {
  std::string_view name = subject;
  if (subject.starts_with('/')) {
    name = {};
    for (const std::string_view part : split(subject.substr(1), '/')) {
      if (istarts_with(part, "CN=")) name = part.substr(3);
    }
  }
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '+' && i + 2 < name.size() && hexadecimal(name[i + 1]) >= 0 &&
        hexadecimal(name[i + 2]) >= 0) {
      out += static_cast<char>(hexadecimal(name[i + 1]) * 16 + hexadecimal(name[i + 2]));
      i += 2;
    } else {
      out += name[i];
    }
  }
  return out;
}

}  // namespace postern::gate::milter
