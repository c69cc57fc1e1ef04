#include "evidence/tables/csv_scanner.hpp"

#include <bit>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace postern::evidence {
namespace {

using Masks = CsvScanner::Masks;

#if defined(__x86_64__)

// Every processor of this kind has SSE2; most have AVX2, which does it in half the steps.
void look_16(const char* text, std::size_t blocks, char separator, Masks* out) noexcept {
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i wanted = _mm_set1_epi8(separator);
  const __m128i line_end = _mm_set1_epi8('\n');
  for (; blocks > 0; --blocks, ++out) {
    *out = {};
    for (unsigned shift = 0; shift < 64; shift += 16, text += 16) {
      const __m128i octets = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
      const auto bits = [&](__m128i what) {
        const auto equal = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(octets, what)));
        return static_cast<std::uint64_t>(equal) << shift;
      };
      out->quotes |= bits(quote);
      out->separators |= bits(wanted);
      out->line_ends |= bits(line_end);
    }
  }
}

__attribute__((target("avx2"))) inline std::uint64_t equal_64(__m256i low, __m256i high,
                                                              __m256i what) noexcept {
  const auto first = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, what)));
  const auto then = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, what)));
  return first | static_cast<std::uint64_t>(then) << 32;
}

__attribute__((target("avx2"))) void look_32(const char* text, std::size_t blocks, char separator,
                                             Masks* out) noexcept {
  const __m256i quote = _mm256_set1_epi8('"');
  const __m256i wanted = _mm256_set1_epi8(separator);
  const __m256i line_end = _mm256_set1_epi8('\n');
  for (; blocks > 0; --blocks, ++out, text += 64) {
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text));
    const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + 32));
    *out = {equal_64(low, high, quote), equal_64(low, high, wanted), equal_64(low, high, line_end)};
  }
}

void look_at(const char* text, std::size_t blocks, char separator, Masks* out) noexcept {
  static const bool wide = __builtin_cpu_supports("avx2") != 0;
  if (wide) return look_32(text, blocks, separator, out);
  look_16(text, blocks, separator, out);
}

#else

void look_at(const char* text, std::size_t blocks, char separator, Masks* out) noexcept {
  for (; blocks > 0; --blocks, ++out) {
    *out = {};
    for (unsigned i = 0; i < 64; ++i, ++text) {
      out->quotes |= static_cast<std::uint64_t>(*text == '"') << i;
      out->separators |= static_cast<std::uint64_t>(*text == separator) << i;
      out->line_ends |= static_cast<std::uint64_t>(*text == '\n') << i;
    }
  }
}

#endif

// Bit i of the result is the parity of bits 0 to i.
constexpr std::uint64_t prefix_xor(std::uint64_t bits) noexcept {
  for (unsigned shift = 1; shift < 64; shift *= 2)
    bits ^= bits << shift;
  return bits;
}

}  // namespace

void CsvScanner::look(const char* text, std::size_t blocks, Masks* out) const noexcept {
  look_at(text, blocks, separator_, out);
}

CsvScanner::Cuts CsvScanner::pass_last(const char* block, std::size_t size) noexcept {
  Masks masks;
  look(block, 1, &masks);
  const std::uint64_t valid = (std::uint64_t{1} << size) - 1;
  return pass({masks.quotes & valid, masks.separators & valid, masks.line_ends & valid});
}

CsvScanner::Cuts CsvScanner::pass_quotes(Masks masks) noexcept {
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
  if (const std::uint64_t quoted = masks.line_ends & inside; quoted != 0) {
    quoted_line_ends_ += static_cast<std::uint64_t>(std::popcount(quoted));
  }
  in_quotes_ = inside >> 63 != 0;
  may_open_ = (separators | masks.line_ends | masks.quotes) >> 63 != 0;
  return {separators | records, records};
}

}  // namespace postern::evidence
