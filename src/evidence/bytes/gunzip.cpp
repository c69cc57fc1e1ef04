#include "evidence/bytes/gunzip.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>
#include <zlib.h>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::evidence {
namespace {

// In words, where zlib's own are terse.
std::string why_damaged(const char* message) {
  const std::string_view said = message == nullptr ? "it can't be unpacked" : message;
  if (said == "incorrect data check") return "its checksum is not that of what is in it";
  if (said == "incorrect length check") return "its length is not that of what is in it";
  return printable(said);
}

}  // namespace

struct Gunzip::State {
  explicit State(ByteSource& source) : packed(source), block(1 << 16) {
    // 16: a gzip header and trailer, both checked.
    is_ready = inflateInit2(&stream, 15 + 16) == Z_OK;
  }
  ~State() {
    if (is_ready) inflateEnd(&stream);
  }

  Result<void> fill() {
    if (stream.avail_in > 0 || input_ended) return {};
    const auto count = packed.take_bytes(block.data(), block.size());
    if (!count) return tl::unexpected(count.error());
    stream.next_in = reinterpret_cast<Bytef*>(block.data());
    stream.avail_in = static_cast<uInt>(*count);
    input_ended = *count == 0;
    return {};
  }

  Error damaged(const std::string& why) const {
    return {fmt::format("is cut short or damaged ({})", why), packed.name(), "fetch it again"};
  }

  // True where another member follows; the zeros with which tapes fill up are nothing.
  Result<bool> next_member() {
    for (;;) {
      if (auto filled = fill(); !filled) return tl::unexpected(filled.error());
      if (stream.avail_in == 0) return false;
      while (stream.avail_in > 0 && *stream.next_in == 0) {
        ++stream.next_in;
        --stream.avail_in;
      }
      if (stream.avail_in > 0) break;
    }
    if (*stream.next_in != 0x1f) {
      return tl::unexpected(damaged("something that is not gzip follows its end"));
    }
    inflateReset(&stream);
    in_member = true;
    return true;
  }

  ByteSource& packed;
  std::vector<char> block;
  z_stream stream{};
  bool is_ready = false;
  bool input_ended = false;
  bool in_member = true;
};

Gunzip::Gunzip(ByteSource& packed) : state_(std::make_unique<State>(packed)) {}
Gunzip::~Gunzip() = default;

Result<std::size_t> Gunzip::read(char* into, std::size_t size) {
  State& s = *state_;
  if (!s.is_ready) return fail("can't be unpacked for want of memory", s.packed.name(), {});
  const auto most = static_cast<uInt>(std::min<std::size_t>(size, 1u << 30));
  for (;;) {
    if (!s.in_member) {
      const auto more = s.next_member();
      if (!more) return tl::unexpected(more.error());
      if (!*more) return std::size_t{0};
    }
    if (auto filled = s.fill(); !filled) return tl::unexpected(filled.error());
    s.stream.next_out = reinterpret_cast<Bytef*>(into);
    s.stream.avail_out = most;
    const int status = inflate(&s.stream, Z_NO_FLUSH);
    const std::size_t count = most - s.stream.avail_out;
    if (status == Z_STREAM_END) {
      s.in_member = false;
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      return tl::unexpected(s.damaged(why_damaged(s.stream.msg)));
    } else if (count == 0 && s.input_ended) {
      return tl::unexpected(s.damaged("it ends too early"));
    }
    if (count > 0) return count;
  }
}

std::optional<UnixTime> gzip_time(std::string_view bytes) noexcept {
  if (bytes.size() < 8) return std::nullopt;
  std::uint32_t time = 0;
  for (std::size_t i = 8; i-- > 4;)
    time = time << 8 | static_cast<unsigned char>(bytes[i]);
  return time == 0 ? std::nullopt : std::optional<UnixTime>(time);
}

}  // namespace postern::evidence
