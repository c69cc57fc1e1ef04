#include "evidence/tables/csv_reader.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <fmt/format.h>

#include "evidence/tables/line_ends.hpp"

namespace postern::evidence {
namespace {

constexpr std::size_t step_of_copy = 16;

// std::popcount calls a library where the processor is not known to have an instruction for it.
unsigned ones_in(std::uint64_t bits) noexcept {
  bits -= bits >> 1 & 0x5555555555555555u;
  bits = (bits & 0x3333333333333333u) + (bits >> 2 & 0x3333333333333333u);
  bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0fu;
  return static_cast<unsigned>(bits * 0x0101010101010101u >> 56);
}

// Copies up to the first quote, or all; how much. Writes up to a step more.
std::size_t copy_to_quote(std::string_view text, char* out) noexcept {
  std::size_t at = 0;
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  for (; at + step_of_copy <= text.size(); at += step_of_copy) {
    const __m128i octets = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + at), octets);
    const auto quotes = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(octets, quote)));
    if (quotes != 0) return at + static_cast<std::size_t>(std::countr_zero(quotes));
  }
#endif
  for (; at < text.size() && text[at] != '"'; ++at)
    out[at] = text[at];
  return at;
}

}  // namespace

CsvReader::CsvReader(ByteSource& source, std::size_t longest_record, char separator)
    : source_(source),
      longest_record_(longest_record),
      separator_(separator),
      scanner_(separator) {}

void CsvReader::write_down(CsvScanner::Cuts cuts, std::size_t offset) {
  std::uint32_t* out = positions_.data() + position_count_;
  const unsigned count = ones_in(cuts.fields);
  const auto base = static_cast<std::uint32_t>(offset);
  constexpr std::uint64_t last = std::uint64_t{1} << 63;  // spares a look whether any is left
  std::uint64_t left = cuts.fields;
  for (unsigned i = 0; i < count; i += 4) {  // some too many are cheaper than a loop that ends well
    for (unsigned k = 0; k < 4; ++k) {
      out[i + k] = base + static_cast<std::uint32_t>(std::countr_zero(left | last));
      left &= left - 1;
    }
  }
  for (std::uint64_t ends = cuts.records; ends != 0; ends &= ends - 1) {
    const std::uint64_t below = (ends & (0 - ends)) - 1;
    record_ends_.push_back(
        static_cast<std::uint32_t>(position_count_ + ones_in(cuts.fields & below)));
  }
  position_count_ += count;
}

void CsvReader::index() {
  constexpr std::size_t width = CsvScanner::octets_at_once;
  std::array<CsvScanner::Masks, 64> masks;
  indexed_ = true;
  position_count_ = 0;
  record_ends_.clear();
  next_record_end_ = 0;
  scanner_ = CsvScanner(separator_);
  const std::size_t size = buffer_.size();
  const std::size_t whole = size / width;
  for (std::size_t block = 0; block < whole;) {
    const std::size_t count = std::min(masks.size(), whole - block);
    scanner_.look(buffer_.data() + block * width, count, masks.data());
    make_room(count * width);
    for (std::size_t i = 0; i < count; ++i, ++block)
      write_down(scanner_.pass(masks[i]), block * width);
  }
  if (const std::size_t at = whole * width; at < size) {
    char tail[width] = {};
    std::memcpy(tail, buffer_.data() + at, size - at);
    make_room(width);
    write_down(scanner_.pass_last(tail, size - at), at);
  }
}

// For as many positions more, and those that write_down() writes too many.
void CsvReader::make_room(std::size_t count) {
  const std::size_t needed = position_count_ + count + 4;
  if (positions_.size() < needed) positions_.resize(std::max(needed, positions_.size() * 2));
}

void CsvReader::begin_with_all(std::string text, std::uint64_t lines) {
  buffer_ = std::move(text);
  current_begin_ = following_begin_ = following_first_ = 0;
  record_ = 0;
  lines_before_ = lines;
  lines_counted_ = counted_to_ = 0;
  index();
  end_source();
}

// A last record without a line end ends with the text.
void CsvReader::end_source() {
  source_ended_ = true;
  if (!buffer_.empty() && buffer_.back() != '\n' && !scanner_.in_quotes()) {
    make_room(1);
    record_ends_.push_back(static_cast<std::uint32_t>(position_count_));
    positions_[position_count_++] = static_cast<std::uint32_t>(buffer_.size());
  }
}

Result<bool> CsvReader::refill() {
  if (failed_) return tl::unexpected(*failed_);
  if (source_ended_) return false;
  // What is left of the buffer is the start of a record: moved to the front and read again.
  lines_before_ = lines_passed();
  lines_counted_ = 0;
  counted_to_ = 0;
  buffer_.erase(0, following_begin_);
  current_begin_ = following_begin_ = 0;
  following_first_ = 0;
  // A long record is waited for in growing steps, so that reading it again stays cheap.
  const std::size_t wanted = buffer_.size() * 2;
  do {
    const auto more = source_.append_to(buffer_);
    if (!more) failed_ = more.error();  // once the records before it are read
    if (more && !*more) source_ended_ = true;
  } while (!failed_ && !source_ended_ && buffer_.size() < wanted &&
           buffer_.size() <= longest_record_);
  index();
  if (source_ended_) end_source();
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
    unescaped_size_ = 0;
    further_.clear();
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
  return unescaped(text);
}

// Of a field's text behind the quote that opens it.
std::string_view CsvReader::unescaped(std::string_view text) {
  // Unescaped text of one record is shorter than the record: room that is made once keeps views
  // valid.
  const std::size_t most = following_begin_ - current_begin_ + step_of_copy;
  if (unescaped_size_ == 0 && unescaped_.size() < most) unescaped_.resize(most);
  const bool fits = unescaped_size_ + text.size() + step_of_copy <= unescaped_.size();
  if (!fits) {  // a field that is asked for again
    further_.push_back(std::make_unique_for_overwrite<char[]>(text.size() + step_of_copy));
  }
  char* const begin = fits ? unescaped_.data() + unescaped_size_ : further_.back().get();
  char* out = begin;
  std::size_t at = 0;
  for (;;) {
    const std::size_t plain = copy_to_quote(text.substr(at), out);
    out += plain;
    at += plain;
    if (at == text.size()) break;
    if (at + 1 < text.size() && text[at + 1] == '"') {
      *out++ = '"';
      at += 2;
      continue;
    }
    const std::string_view tail = text.substr(at + 1);  // behind the quote that closes
    out += tail.copy(out, tail.size());
    break;
  }
  const auto size = static_cast<std::size_t>(out - begin);
  if (fits) unescaped_size_ += size;
  return {begin, size};
}

std::uint64_t CsvReader::line_at(std::size_t offset) {
  // Where no quotes hold line ends and no row lacks one, rows are lines.
  if (offset == following_begin_ && scanner_.quoted_line_ends() == 0 && offset <= buffer_.size()) {
    return lines_before_ + next_record_end_ + 1;
  }
  if (offset > counted_to_) {
    lines_counted_ +=
        line_ends_in(std::string_view(buffer_).substr(counted_to_, offset - counted_to_));
    counted_to_ = offset;
  }
  return lines_before_ + lines_counted_ + 1;
}

}  // namespace postern::evidence
