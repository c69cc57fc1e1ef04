#include "evidence/tables/csv_reader.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "evidence/tables/line_ends.hpp"

namespace postern::evidence {
CsvReader::CsvReader(ByteSource& source, std::size_t longest_record, char separator)
    : source_(source),
      longest_record_(longest_record),
      separator_(separator),
      scanner_(separator) {}

void CsvReader::index_block(const char* block, std::size_t offset, std::size_t size) {
  const auto [cuts, records] = scanner_.scan(block, size);
  const std::size_t base = positions_.size();
  positions_.resize(base + static_cast<std::size_t>(std::popcount(cuts)));
  std::uint32_t* out = positions_.data() + base;
  for (std::uint64_t left = cuts; left != 0; left &= left - 1) {
    *out++ =
        static_cast<std::uint32_t>(offset) + static_cast<std::uint32_t>(std::countr_zero(left));
  }
  for (std::uint64_t ends = records; ends != 0; ends &= ends - 1) {
    const std::uint64_t below = (ends & (0 - ends)) - 1;
    record_ends_.push_back(
        static_cast<std::uint32_t>(base + static_cast<std::size_t>(std::popcount(cuts & below))));
  }
}

void CsvReader::index() {
  indexed_ = true;
  positions_.clear();
  record_ends_.clear();
  next_record_end_ = 0;
  scanner_ = CsvScanner(separator_);
  const std::size_t size = buffer_.size();
  std::size_t at = 0;
  for (; at + CsvScanner::octets_at_once <= size; at += CsvScanner::octets_at_once) {
    index_block(buffer_.data() + at, at, CsvScanner::octets_at_once);
  }
  if (at < size) {
    char tail[CsvScanner::octets_at_once] = {};
    std::memcpy(tail, buffer_.data() + at, size - at);
    index_block(tail, at, size - at);
  }
}

Result<bool> CsvReader::refill() {
  if (source_ended_) return false;
  // What is left of the buffer is the start of a record: moved to the front and read again.
  (void)line_at(following_begin_);
  buffer_.erase(0, following_begin_);
  counted_to_ = 0;
  current_begin_ = following_begin_ = 0;
  following_first_ = 0;
  // A long record is waited for in growing steps, so that reading it again stays cheap.
  const std::size_t wanted = buffer_.size() * 2;
  do {
    const auto more = source_.append_to(buffer_);
    if (!more) return tl::unexpected(more.error());
    if (!*more) source_ended_ = true;
  } while (!source_ended_ && buffer_.size() < wanted && buffer_.size() <= longest_record_);
  index();
  if (source_ended_ && !buffer_.empty() && buffer_.back() != '\n' && !scanner_.in_quotes()) {
    record_ends_.push_back(static_cast<std::uint32_t>(positions_.size()));
    positions_.push_back(static_cast<std::uint32_t>(buffer_.size()));
  }
  return true;
}

Error CsvReader::unterminated() {
  // The last quote that opened: count lines up to it.
  const std::string_view rest = std::string_view(buffer_).substr(following_begin_);
  std::size_t opened = 0;
  bool inside = false;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] != '"') continue;
    const bool starts_field =
        i == 0 || rest[i - 1] == separator_ || rest[i - 1] == '\n' || rest[i - 1] == '"';
    if (!inside && !starts_field) continue;
    inside = !inside;
    if (inside) opened = i;
  }
  const std::uint64_t lines = line_ends_in(rest.substr(0, opened));
  const std::size_t line_start = rest.rfind('\n', opened);
  const std::size_t column =
      line_start == std::string_view::npos ? opened + 1 : opened - line_start;
  return {"a quote opens here and never closes",
          fmt::format("{}:{}:{}", source_.name(), line_at(following_begin_) + lines, column),
          "the file was cut short or is damaged; export it again"};
}

Result<bool> CsvReader::next() {
  for (;;) {
    while (next_record_end_ == record_ends_.size()) {
      // A last record without a line end is followed by what lies behind the buffer.
      if (indexed_ && buffer_.size() > following_begin_ + longest_record_) {
        return fail(fmt::format("a row is longer than {} octets", longest_record_),
                    fmt::format("{}:{}", source_.name(), line_at(following_begin_)),
                    "is this a text file of the named format?");
      }
      const auto more = refill();
      if (!more) return tl::unexpected(more.error());
      if (!*more) {
        if (scanner_.in_quotes()) return tl::unexpected(unterminated());
        return false;
      }
    }
    const std::uint32_t last = record_ends_[next_record_end_++];
    current_begin_ = following_begin_;
    current_first_ = following_first_;
    field_count_ = last - current_first_ + 1;
    const std::size_t end = positions_[last];
    following_begin_ = end + 1;
    following_first_ = last + 1;
    const std::size_t length = end - current_begin_;
    if (field_count_ == 1 && (length == 0 || (length == 1 && buffer_[current_begin_] == '\r'))) {
      continue;
    }
    ++record_;
    unescaped_.clear();
    return true;
  }
}

std::string_view CsvReader::field(std::size_t index) {
  const std::size_t begin =
      index == 0 ? current_begin_ : positions_[current_first_ + index - 1] + std::size_t{1};
  std::size_t end = positions_[current_first_ + index];
  if (index + 1 == field_count_ && end > begin && buffer_[end - 1] == '\r') --end;
  std::string_view text(buffer_.data() + begin, end - begin);
  if (text.empty() || text.front() != '"') return text;
  text.remove_prefix(1);
  const std::size_t quote = text.find('"');
  if (quote == std::string_view::npos) return text;
  if (quote + 1 == text.size()) return text.substr(0, quote);
  // Unescaped text of one record is shorter than the record: one reservation keeps views valid.
  if (unescaped_.empty()) unescaped_.reserve(following_begin_ - current_begin_);
  const std::size_t start = unescaped_.size();
  bool inside = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '"' || !inside) {
      unescaped_ += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == '"') {
      unescaped_ += '"';
      ++i;
    } else {
      inside = false;
    }
  }
  return std::string_view(unescaped_).substr(start);
}

std::uint64_t CsvReader::line_at(std::size_t offset) {
  if (offset > counted_to_) {
    lines_counted_ +=
        line_ends_in(std::string_view(buffer_).substr(counted_to_, offset - counted_to_));
    counted_to_ = offset;
  }
  return lines_counted_ + 1;
}

}  // namespace postern::evidence
