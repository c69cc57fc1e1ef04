#include "evidence/tables/csv_scanner.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace postern::evidence {
namespace {

struct Masks {
  std::uint64_t quotes = 0;
  std::uint64_t separators = 0;
  std::uint64_t line_ends = 0;
};

#if defined(__SSE2__)
Masks classify(const char* block, char separator) noexcept {
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i wanted = _mm_set1_epi8(separator);
  const __m128i line_end = _mm_set1_epi8('\n');
  Masks masks;
  for (unsigned i = 0; i < 4; ++i) {
    const __m128i bytes =
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + std::size_t{16} * i));
    const auto bits = [&](__m128i what) {
      const auto equal = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, what)));
      return static_cast<std::uint64_t>(equal) << (16 * i);
    };
    masks.quotes |= bits(quote);
    masks.separators |= bits(wanted);
    masks.line_ends |= bits(line_end);
  }
  return masks;
}
#else
Masks classify(const char* block, char separator) noexcept {
  Masks masks;
  for (unsigned i = 0; i < CsvScanner::octets_at_once; ++i) {
    masks.quotes |= static_cast<std::uint64_t>(block[i] == '"') << i;
    masks.separators |= static_cast<std::uint64_t>(block[i] == separator) << i;
    masks.line_ends |= static_cast<std::uint64_t>(block[i] == '\n') << i;
  }
  return masks;
}
#endif

// Bit i of the result is the parity of bits 0 to i.
constexpr std::uint64_t prefix_xor(std::uint64_t bits) noexcept {
  for (unsigned shift = 1; shift < 64; shift *= 2)
    bits ^= bits << shift;
  return bits;
}

}  // namespace

CsvScanner::Cuts CsvScanner::scan(const char* block, std::size_t size) noexcept {
  Masks masks = classify(block, separator_);
  if (size < octets_at_once) {
    const std::uint64_t valid = (std::uint64_t{1} << size) - 1;
    masks.quotes &= valid;
    masks.separators &= valid;
    masks.line_ends &= valid;
  }
  const std::uint64_t carried = in_quotes_ ? ~std::uint64_t{0} : 0;
  std::uint64_t inside = carried;
  if (masks.quotes != 0) {
    inside = prefix_xor(masks.quotes) ^ carried;
    // A quote that opens must follow a separator, a line end or (doubled) another quote; one in
    // the middle of a plain field is text. Each correction changes what follows, so it is found
    // from the left, one by one; well-formed files never get here.
    const auto stray = [&] {
      const std::uint64_t before =
          (masks.separators | masks.line_ends | masks.quotes) << 1 | (may_open_ ? 1u : 0u);
      return masks.quotes & inside & ~before;
    };
    for (std::uint64_t wrong = stray(); wrong != 0; wrong = stray()) {
      masks.quotes &= ~(wrong & (0 - wrong));
      inside = prefix_xor(masks.quotes) ^ carried;
    }
  }
  const std::uint64_t records = masks.line_ends & ~inside;
  const std::uint64_t separators = masks.separators & ~inside;
  const unsigned last = static_cast<unsigned>(size) - 1;
  in_quotes_ = (inside >> last & 1) != 0;
  may_open_ = ((separators | masks.line_ends | masks.quotes) >> last & 1) != 0;
  return {separators | records, records};
}

}  // namespace postern::evidence
