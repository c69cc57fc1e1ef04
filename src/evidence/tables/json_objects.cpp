#include "evidence/tables/json_objects.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "evidence/tables/json_members.hpp"
#include "evidence/tables/line_ends.hpp"

namespace postern::evidence {
namespace {

// Of a report of parsedmarc, whose "records" are no rows of their own.
constexpr std::string_view whole_row_key = "report_metadata";

// https://learn.microsoft.com/azure/azure-monitor/logs/api/response-format: the answer's tables, of
// which the first is the query's result.
constexpr std::string_view tables_key = "tables";

constexpr std::size_t most_told_unread = 8;

}  // namespace

JsonObjects::JsonObjects(ByteSource& source, Shape shape, std::size_t longest_row)
    : source_(source), shape_(shape), longest_row_(longest_row) {}

JsonObjects::Shape shape_of(std::string_view piece) noexcept {
  piece = trim(piece);
  if (piece.starts_with('[')) return JsonObjects::Shape::array;
  // An object: a wrapper where a key of rows stands before any row could have ended.
  int depth = 0;
  bool inside = false;
  std::size_t begin = 0;
  std::string_view last;
  for (std::size_t i = 0; i < piece.size(); ++i) {
    const char c = piece[i];
    if (inside) {
      if (c == '\\') ++i;
      if (c == '"') {
        inside = false;
        last = piece.substr(begin, i - begin);
        if (depth == 1 && last == whole_row_key) break;
      }
    } else if (c == '"') {
      inside = true;
      begin = i + 1;
    } else if (c == '{' || c == '[') {
      if (c == '[' && depth == 1) {
        if (is_row_key(last) || last == tables_key) return JsonObjects::Shape::wrapped;
      }
      ++depth;
    } else if (c == '}' || c == ']') {
      if (--depth == 0) break;
    }
  }
  return JsonObjects::Shape::lines;
}

std::string JsonObjects::here() const {
  return fmt::format("{}:{}:{}", source_.name(), line_, column_);
}

void JsonObjects::step(std::size_t count) {
  const std::string_view passed = std::string_view(buffer_).substr(at_, count);
  const std::uint64_t breaks = line_ends_in(passed);
  line_ += breaks;
  column_ = breaks == 0 ? column_ + count : count - passed.rfind('\n');
  at_ += count;
}

Result<bool> JsonObjects::more() {
  if (ended_) return false;
  if (buffer_.size() - at_ > longest_row_) {
    return fail(fmt::format("a row is longer than {} octets", longest_row_), here(),
                "is this a text file of the named format?");
  }
  buffer_.erase(0, at_);
  at_ = 0;
  const auto got = source_.append_to(buffer_);
  if (!got) return tl::unexpected(got.error());
  ended_ = !*got;
  return *got;
}

/// The next character that is no space, or -1 at the end.
Result<int> JsonObjects::skip_space() {
  for (;;) {
    std::size_t end = at_;
    while (end < buffer_.size() && is_ascii_space(buffer_[end]))
      ++end;
    if (end > at_) step(end - at_);
    if (at_ < buffer_.size()) return static_cast<unsigned char>(buffer_[at_]);
    const auto got = more();
    if (!got) return tl::unexpected(got.error());
    if (!*got) return -1;
  }
}

/// One past the end of the value that starts at `begin`, reading on as needed; `begin` stays valid
/// because nothing before at_ is needed.
Result<std::size_t> JsonObjects::end_of_value(std::size_t begin) {
  std::size_t i = begin - at_;  // relative, since more() moves the buffer
  int depth = 0;
  bool inside = false;
  for (;; ++i) {
    while (at_ + i >= buffer_.size()) {
      const auto got = more();
      if (!got) return tl::unexpected(got.error());
      if (!*got) {
        if (depth == 0 && !inside) return at_ + i;
        return fail(fmt::format("ends in the middle of row {}", row_ + 1), here(),
                    "the export was cut short; make it again");
      }
    }
    const char c = buffer_[at_ + i];
    if (inside) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        inside = false;
        if (depth == 0) return at_ + i + 1;
      }
      continue;
    }
    switch (c) {
      case '"':
        inside = true;
        break;
      case '{':
      case '[':
        if (++depth > 64) {
          return fail("is nested too deeply for evidence", here(), "export it again");
        }
        break;
      case '}':
      case ']':
        if (depth == 0) return at_ + i;
        if (--depth == 0) return at_ + i + 1;
        break;
      case ',':
        if (depth == 0) return at_ + i;
        break;
      default:
        break;
    }
  }
}

/// Goes to the value of the wrapper's next member; false where the wrapper ends.
Result<bool> JsonObjects::next_member(std::string& key) {
  for (;;) {
    const auto c = skip_space();
    if (!c) return tl::unexpected(c.error());
    if (*c != ',') {
      if (*c != '"') return false;
      break;
    }
    step(1);
  }
  const auto key_end = end_of_value(at_);
  if (!key_end) return tl::unexpected(key_end.error());
  key = buffer_.substr(at_ + 1, *key_end - at_ - 2);
  step(*key_end - at_);
  const auto colon = skip_space();
  if (!colon) return tl::unexpected(colon.error());
  if (*colon != ':') return fail("is not valid JSON here", here(), "export it again");
  step(1);
  if (const auto value = skip_space(); !value) return tl::unexpected(value.error());
  return true;
}

/// Goes to the '[' that holds the rows.
Result<void> JsonObjects::find_rows() {
  auto first = skip_space();
  if (!first) return tl::unexpected(first.error());
  columns_.clear();
  if (shape_ == Shape::wrapped) {
    step(1);  // '{'
    std::string key;
    for (;;) {
      const auto member = next_member(key);
      if (!member) return tl::unexpected(member.error());
      if (!*member) return fail("has no list of rows", here(), "export the query's results");
      const bool is_list = at_ < buffer_.size() && buffer_[at_] == '[';
      if (is_list && is_row_key(key)) break;
      if (is_list && key == tables_key) {  // go on with the members of the first table
        step(1);
        const auto table = skip_space();
        if (!table) return tl::unexpected(table.error());
        if (*table != '{') return fail("has no list of rows", here(), "export the query's results");
        step(1);
        in_table_ = true;
        continue;
      }
      if (is_list && key == "columns") {
        const auto end = end_of_value(at_);
        if (!end) return tl::unexpected(end.error());
        columns_ = buffer_.substr(at_, *end - at_);
      }
      if (auto skipped = skip_member(key); !skipped) return skipped;
    }
  }
  step(1);  // '['
  return {};
}

/// Passes over a member's value, taking note of those that say that this is not all, or are not.
Result<void> JsonObjects::skip_member(const std::string& key) {
  const auto end = end_of_value(at_);
  if (!end) return tl::unexpected(end.error());
  const std::string_view value = trim(std::string_view(buffer_).substr(at_, *end - at_));
  if (says_there_are_more(key, value)) {
    more_elsewhere_ = true;
  } else if (may_hold_rows(key, value)) {
    leave_unread(fmt::format("the list \"{}\"", printable(key.substr(0, 60))));
  }
  step(*end - at_);
  return {};
}

void JsonObjects::leave_unread(std::string what) {
  more_elsewhere_ = true;
  if (unread_.size() >= most_told_unread) return;
  if (std::find(unread_.begin(), unread_.end(), what) == unread_.end()) {
    unread_.push_back(std::move(what));
  }
}

/// Passes over an object's further members and its end; false where it does not end.
Result<bool> JsonObjects::end_object() {
  std::string key;
  for (;;) {
    const auto member = next_member(key);
    if (!member) return tl::unexpected(member.error());
    if (!*member) break;
    if (auto skipped = skip_member(key); !skipped) return tl::unexpected(skipped.error());
  }
  const auto end = skip_space();
  if (!end) return tl::unexpected(end.error());
  if (*end != '}') return false;
  step(1);
  return true;
}

/// Passes over what follows the query's table in the list of them, and the list's end.
Result<bool> JsonObjects::end_tables() {
  for (;;) {
    const auto c = skip_space();
    if (!c) return tl::unexpected(c.error());
    if (*c == ']') break;
    if (*c == '{') {
      const auto end = end_of_value(at_);
      if (!end) return tl::unexpected(end.error());
      // Of a query with several statements each has its table.
      const std::string_view table = std::string_view(buffer_).substr(at_, *end - at_);
      if (const auto name = further_table(table, are_columns_)) {
        leave_unread(fmt::format("the table \"{}\"", printable(name->substr(0, 60))));
      }
      step(*end - at_);
    } else if (*c == ',') {
      step(1);
    } else {
      return false;
    }
  }
  step(1);
  return true;
}

/// Reads what follows the rows up to the end of the answer; false where that is missing.
Result<bool> JsonObjects::end_answer() {
  step(1);  // ']'
  if (shape_ != Shape::wrapped) return true;
  if (std::exchange(in_table_, false)) {
    auto table = end_object();
    if (!table || !*table) return table;
    auto tables = end_tables();
    if (!tables || !*tables) return tables;
  }
  return end_object();
}

/// Reads what follows the rows. What is wrong there costs none of them, but may be what says that
/// there are more. True where another answer follows, as in answers that were put into one file.
Result<bool> JsonObjects::finish_answer() {
  const auto whole = end_answer();
  if (!whole || !*whole) {
    more_elsewhere_ = true;
    return false;
  }
  const auto next = skip_space();
  if (!next) return tl::unexpected(next.error());
  if (*next < 0) return false;
  if (*next == (shape_ == Shape::wrapped ? '{' : '[')) return true;
  return fail("goes on behind the end of its rows, which is not read", here(),
              "put each export into a file of its own");
}

Result<std::string_view> JsonObjects::next_line() {
  const auto c = skip_space();
  if (!c) return tl::unexpected(c.error());
  if (*c < 0) return std::string_view{};
  row_line_ = line_;
  std::size_t end = std::string::npos;
  std::size_t looked = 0;
  for (;;) {
    end = buffer_.find('\n', at_ + looked);
    if (end != std::string::npos) break;
    looked = buffer_.size() - at_;
    const auto got = more();
    if (!got) return tl::unexpected(got.error());
    if (!*got) break;
  }
  if (end == std::string::npos) end = buffer_.size();
  const std::string_view text(buffer_.data() + at_, end - at_);
  column_ += text.size();  // it holds no line end
  at_ = end;
  ++row_;
  return text;
}

Result<std::string_view> JsonObjects::next() {
  if (shape_ == Shape::lines) return next_line();
  for (;;) {
    if (!inside_) {
      if (auto found = find_rows(); !found) return tl::unexpected(found.error());
      inside_ = true;
    }
    const auto c = skip_space();
    if (!c) return tl::unexpected(c.error());
    if (*c < 0) {
      return fail(fmt::format("ends after row {} without closing its list", row_), here(),
                  "the export was cut short; make it again");
    }
    if (*c == ']') {
      const auto more_follows = finish_answer();
      if (!more_follows) return tl::unexpected(more_follows.error());
      if (!*more_follows) return std::string_view{};
      inside_ = false;
      continue;
    }
    if (*c == ',') {
      step(1);
      continue;
    }
    if (*c != (columns_.empty() ? '{' : '[')) {
      return fail("is no object where a row should be", here(), "export it again");
    }
    row_line_ = line_;
    const auto end = end_of_value(at_);
    if (!end) return tl::unexpected(end.error());
    const std::string_view text(buffer_.data() + at_, *end - at_);
    step(text.size());
    ++row_;
    return text;
  }
}

}  // namespace postern::evidence
