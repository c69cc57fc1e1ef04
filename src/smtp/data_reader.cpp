#include "smtp/data_reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace postern::smtp {
namespace {

std::size_t find(std::string_view text, char c) noexcept {
  const void* at = text.empty() ? nullptr : std::memchr(text.data(), c, text.size());
  return at == nullptr ? std::string_view::npos
                       : static_cast<std::size_t>(static_cast<const char*>(at) - text.data());
}

}  // namespace

void DataReader::count(std::size_t octets) noexcept {
  size_ += octets;
  line_ += octets;
  if (excess_ != Excess::none) return;
  // Of several limits passed at once, the one that was passed first is passed by most.
  std::size_t most = 0;
  const auto look = [&](std::size_t have, std::size_t limit, Excess excess) {
    if (have <= limit + most) return;
    most = have - limit;
    excess_ = excess;
  };
  look(size_, limits_.message, Excess::message);
  if (in_header_) look(size_, limits_.header, Excess::header);
  look(line_, limits_.line, Excess::line);
}

// Sets the fault that comes first in `line`, where octets before `end` may be neither CR nor NUL.
void DataReader::check(std::string_view line, std::size_t end) noexcept {
  const std::string_view inner = line.substr(0, end);
  const std::size_t cr = find(inner, '\r');
  const std::size_t nul = find(inner, '\0');
  if (cr == nul) return;  // both absent
  fault_ = cr < nul ? LineFault::bare_cr : LineFault::nul;
}

// Takes the rest of a line, or what there is of it; gives the number of octets that belong to the
// message for certain.
std::size_t DataReader::take_line(std::string_view rest) {
  const std::size_t lf = find(rest, '\n');
  if (lf != std::string_view::npos) {
    const bool crlf = lf > 0 && rest[lf - 1] == '\r';
    check(rest, crlf ? lf - 1 : lf);
    if (fault_ == LineFault::none && !crlf) fault_ = LineFault::bare_lf;
    if (fault_ != LineFault::none) return 0;
    count(lf + 1);
    state_ = State::line_start;
    line_ = 0;
    return lf + 1;
  }
  const bool cr = rest.back() == '\r';
  const std::size_t certain = cr ? rest.size() - 1 : rest.size();
  check(rest, certain);
  if (fault_ != LineFault::none) return 0;
  count(certain);
  state_ = cr ? State::cr : State::in_line;
  empty_line_ = false;
  return certain;
}

DataReader::Piece DataReader::next(std::string_view& input) {
  Piece piece;
  std::size_t begin = 0;
  std::size_t at = 0;
  const auto give = [&](Status status, std::size_t text_end) {
    piece.text = input.substr(begin, text_end - begin);
    piece.status = status;
    input.remove_prefix(at);
    return piece;
  };
  if (fault_ != LineFault::none) return give(Status::fault, 0);
  while (at < input.size()) {
    const char c = input[at];
    switch (state_) {
      case State::dot:
        // The dot came with an earlier piece.
        if (c == '\r') {
          state_ = State::dot_cr;
          begin = ++at;
          continue;
        }
        piece.held = ".";
        state_ = State::in_line;
        continue;
      case State::dot_cr:
        if (c != '\n') {
          fault_ = LineFault::bare_cr;
          return give(Status::fault, begin);
        }
        ++at;
        return give(Status::end, begin);
      case State::cr:
        if (c != '\n') {
          fault_ = LineFault::bare_cr;
          return give(Status::fault, begin);
        }
        piece.held = "\r";
        count(2);
        ++at;
        line_ = 0;
        state_ = State::line_start;
        if (empty_line_ && in_header_) {
          in_header_ = false;
          at_begin_ = false;
          return give(Status::header_end, at);
        }
        continue;
      case State::line_start: {
        const std::size_t left = input.size() - at;
        if (c == '.') {
          if (left == 1) {
            state_ = State::dot;
            const std::size_t end = at++;
            return give(Status::more, end);
          }
          if (input[at + 1] == '\r') {
            if (left == 2) {
              state_ = State::dot_cr;
              const std::size_t end = at;
              at += 2;
              return give(Status::more, end);
            }
            const std::size_t end = at;
            if (input[at + 2] != '\n') {
              fault_ = LineFault::bare_cr;
              return give(Status::fault, end);
            }
            at += 3;
            return give(Status::end, end);
          }
          ++at;  // a doubled dot, not counted
          state_ = State::in_line;
          continue;
        }
        if (c == '\r') {
          if (left == 1) {
            state_ = State::cr;
            empty_line_ = true;
            const std::size_t end = at++;
            return give(Status::more, end);
          }
          if (in_header_ && input[at + 1] == '\n') {
            count(2);
            line_ = 0;
            in_header_ = false;
            at_begin_ = false;
            at += 2;
            return give(Status::header_end, at);
          }
        }
        state_ = State::in_line;
        continue;
      }
      case State::in_line: {
        // Behind a doubled dot too: that is what the next hop takes off.
        if (std::exchange(at_begin_, false) && (c == ' ' || c == '\t')) {
          excess_ = Excess::continuation;
        }
        const std::size_t taken = take_line(input.substr(at));
        if (fault_ != LineFault::none) return give(Status::fault, at);
        at += taken;
        if (state_ == State::cr) {
          const std::size_t end = at++;
          return give(Status::more, end);
        }
        continue;
      }
    }
  }
  return give(Status::more, at);
}

void Unstuffer::feed(std::string_view stuffed, std::string& out) {
  while (!stuffed.empty()) {
    if (line_start_ && stuffed.front() == '.') stuffed.remove_prefix(1);
    const std::size_t lf = find(stuffed, '\n');
    const std::size_t taken = lf == std::string_view::npos ? stuffed.size() : lf + 1;
    out += stuffed.substr(0, taken);
    stuffed.remove_prefix(taken);
    // Also where only the dot came: the rest of the line follows.
    line_start_ = lf != std::string_view::npos;
  }
}

}  // namespace postern::smtp
