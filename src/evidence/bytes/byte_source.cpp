#include "evidence/bytes/byte_source.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace postern::evidence {
namespace {

constexpr std::size_t read_size = 1 << 18;  // fits the second-level cache beside the parser

Error open_error(const std::string& path) {
  return {fmt::format("can't be read ({})", std::strerror(errno)), path,
          errno == EACCES ? "check its permissions" : "check the path"};
}

}  // namespace

struct ByteSource::State {
  std::string name;
  int descriptor = -1;
  bool owns = false;
  std::string_view memory;
  std::size_t memory_block = 0;
  Pull pull;
  std::optional<UnixTime> modified;
  std::uint64_t size = 0;  // of a regular file; 0 where it is not known
  std::uint64_t bytes = 0;
  bool peeked = false;
  bool started = false;
  bool ended = false;
  TextEncoding encoding = TextEncoding::utf8;
  std::string returned;  // put back
  std::string raw;       // bytes not yet handed out or converted

  ~State() {
    if (owns) ::close(descriptor);
  }

  Result<std::size_t> read(char* into, std::size_t length) {
    if (pull) {
      auto count = pull(into, length);
      if (count) bytes += *count;
      return count;
    }
    if (descriptor < 0) {
      const std::size_t count = std::min({length, memory_block, memory.size()});
      std::memcpy(into, memory.data(), count);
      memory.remove_prefix(count);
      bytes += count;
      return count;
    }
    for (;;) {
      const ssize_t count = ::read(descriptor, into, length);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return fail(fmt::format("can't be read ({})", std::strerror(errno)), name, {});
      bytes += static_cast<std::uint64_t>(count);
      return static_cast<std::size_t>(count);
    }
  }

  // Appends at least `wanted` bytes to `into`, unless the end comes first.
  Result<void> fill(std::string& into, std::size_t wanted) {
    // A small file is read in one go, and its end is known without asking.
    const bool small = size > 0 && size < read_size;
    const std::size_t block = small  ? std::max<std::size_t>(size, wanted)
                              : pull ? std::clamp<std::size_t>(bytes * 2, 1 << 14, read_size)
                                     : read_size;
    const std::size_t begin = into.size();
    std::size_t got = 0;
    while (got < wanted && !ended) {
      into.resize(begin + got + block);
      const auto count = read(into.data() + begin + got, block);
      if (!count) {
        into.resize(begin + got);
        return tl::unexpected(count.error());
      }
      got += *count;
      ended = *count == 0 || (small && bytes >= size);
    }
    into.resize(begin + got);
    return {};
  }
};

ByteSource::ByteSource(std::unique_ptr<State> state) : state_(std::move(state)) {}
ByteSource::ByteSource(ByteSource&&) noexcept = default;
ByteSource& ByteSource::operator=(ByteSource&&) noexcept = default;
ByteSource::~ByteSource() = default;

Result<ByteSource> ByteSource::open(const std::string& path) {
  auto state = std::make_unique<State>();
  state->name = path == "-" ? "standard input" : path;
  if (path == "-") {
    state->descriptor = STDIN_FILENO;
    return ByteSource(std::move(state));
  }
  state->descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (state->descriptor < 0) return tl::unexpected(open_error(path));
  state->owns = true;
  struct stat status {};
  if (::fstat(state->descriptor, &status) != 0) return tl::unexpected(open_error(path));
  if (S_ISDIR(status.st_mode)) return fail("is a folder, not a file", path, "name its files");
  if (S_ISREG(status.st_mode)) {
    state->size = static_cast<std::uint64_t>(status.st_size);
    state->modified = status.st_mtim.tv_sec;
  }
  if (state->size > read_size) {
    ::posix_fadvise(state->descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
  }
  return ByteSource(std::move(state));
}

ByteSource ByteSource::of(std::string_view text, std::size_t block, std::string name) {
  auto state = std::make_unique<State>();
  state->name = std::move(name);
  state->memory = text;
  state->memory_block = block;
  return ByteSource(std::move(state));
}

ByteSource ByteSource::pulled(std::string name, Pull pull, std::optional<UnixTime> modified) {
  auto state = std::make_unique<State>();
  state->name = std::move(name);
  state->pull = std::move(pull);
  state->modified = modified;
  return ByteSource(std::move(state));
}

Result<std::string_view> ByteSource::peek() {
  State& s = *state_;
  if (!s.peeked) {
    s.peeked = true;
    // Long enough to show its encoding and its kind, also out of a slow pipe.
    if (auto filled = s.fill(s.raw, 512); !filled) return tl::unexpected(filled.error());
  }
  return std::string_view(s.raw);
}

bool ByteSource::peeked_all() const noexcept {
  return state_->peeked && state_->ended;
}

Result<std::size_t> ByteSource::take_bytes(char* into, std::size_t size) {
  State& s = *state_;
  if (s.raw.empty()) return s.ended ? Result<std::size_t>(0) : s.read(into, size);
  const std::size_t count = std::min(size, s.raw.size());
  s.raw.copy(into, count);
  s.raw.erase(0, count);
  return count;
}

Result<bool> ByteSource::append_to(std::string& out) {
  State& s = *state_;
  if (!s.returned.empty()) {
    out += s.returned;
    s.returned.clear();
    return true;
  }
  if (s.ended && s.raw.empty()) return false;
  const std::size_t before = out.size();
  if (!s.started) {
    if (const auto first = peek(); !first) return tl::unexpected(first.error());
    s.started = true;
    const DetectedEncoding detected = detect_encoding(s.raw);
    s.encoding = detected.encoding;
    s.raw.erase(0, detected.byte_order_mark);
    if (s.encoding == TextEncoding::utf8) {
      if (out.empty()) {
        out.swap(s.raw);
      } else {
        out += s.raw;
      }
      s.raw.clear();
      s.raw.shrink_to_fit();
    }
  } else if (auto filled = s.fill(s.encoding == TextEncoding::utf8 ? out : s.raw, 1); !filled) {
    return tl::unexpected(filled.error());
  }
  if (s.encoding != TextEncoding::utf8) {
    const std::size_t used = append_utf8(s.raw, s.encoding, s.ended, out);
    s.raw.erase(0, used);
    if (s.ended) s.raw.clear();
  }
  return out.size() > before || !s.ended;
}

Result<void> ByteSource::finish() {
  State& s = *state_;
  if (!s.pull || s.ended) return {};
  std::string passed_over(read_size, '\0');
  while (!s.ended) {
    const auto count = s.read(passed_over.data(), passed_over.size());
    if (!count) return tl::unexpected(count.error());
    s.ended = *count == 0;
  }
  return {};
}

void ByteSource::put_back(std::string text) {
  state_->returned = std::move(text);
}

std::uint64_t ByteSource::bytes_read() const noexcept {
  return state_->bytes;
}
std::uint64_t ByteSource::size() const noexcept {
  return state_->size;
}
const std::string& ByteSource::name() const noexcept {
  return state_->name;
}
std::optional<UnixTime> ByteSource::modified() const noexcept {
  return state_->modified;
}

}  // namespace postern::evidence
