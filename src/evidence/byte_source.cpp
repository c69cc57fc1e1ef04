#include "evidence/byte_source.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace postern::evidence {
namespace {

constexpr std::size_t block_size = 1 << 18;  // fits the second-level cache beside the parser

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
  std::uint64_t bytes = 0;
  bool started = false;
  bool ended = false;
  Encoding encoding = Encoding::utf8;
  std::string returned;  // put back
  std::string raw;       // UTF-16 bytes not yet converted

  ~State() {
    if (owns) ::close(descriptor);
  }

  // Reads at most `size` bytes; 0 at the end, -1 on failure.
  ssize_t read(char* into, std::size_t size) {
    if (descriptor < 0) {
      const std::size_t count = std::min({size, memory_block, memory.size()});
      std::memcpy(into, memory.data(), count);
      memory.remove_prefix(count);
      bytes += count;
      return static_cast<ssize_t>(count);
    }
    for (;;) {
      const ssize_t count = ::read(descriptor, into, size);
      if (count < 0 && errno == EINTR) continue;
      if (count > 0) bytes += static_cast<std::uint64_t>(count);
      return count;
    }
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
  ::posix_fadvise(state->descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
  return ByteSource(std::move(state));
}

ByteSource ByteSource::of(std::string_view text, std::size_t block) {
  auto state = std::make_unique<State>();
  state->name = "memory";
  state->memory = text;
  state->memory_block = block;
  return ByteSource(std::move(state));
}

Result<bool> ByteSource::append_to(std::string& out) {
  State& s = *state_;
  if (!s.returned.empty()) {
    out += s.returned;
    s.returned.clear();
    return true;
  }
  if (s.ended) return false;
  const std::size_t before = out.size();
  const bool direct = s.started && s.encoding == Encoding::utf8;
  std::string& into = direct ? out : s.raw;
  // The first piece must be long enough to show its encoding, also out of a slow pipe.
  const std::size_t wanted = s.started ? 1 : 512;
  const std::size_t begin = into.size();
  std::size_t got = 0;
  while (got < wanted) {
    into.resize(begin + got + block_size);
    const ssize_t count = s.read(into.data() + begin + got, block_size);
    if (count < 0) {
      into.resize(begin + got);
      return fail(fmt::format("can't be read ({})", std::strerror(errno)), s.name, {});
    }
    if (count == 0) {
      s.ended = true;
      break;
    }
    got += static_cast<std::size_t>(count);
  }
  into.resize(begin + got);
  if (!s.started) {
    s.started = true;
    const DetectedEncoding detected = detect_encoding(s.raw);
    s.encoding = detected.encoding;
    s.raw.erase(0, detected.byte_order_mark);
    if (s.encoding == Encoding::utf8) {
      out += s.raw;
      s.raw.clear();
      s.raw.shrink_to_fit();
    }
  }
  if (s.encoding != Encoding::utf8) {
    const std::size_t used = append_utf8(s.raw, s.encoding, s.ended, out);
    s.raw.erase(0, used);
  }
  return out.size() > before || !s.ended;
}

void ByteSource::put_back(std::string text) {
  state_->returned = std::move(text);
}

std::uint64_t ByteSource::bytes_read() const noexcept {
  return state_->bytes;
}
const std::string& ByteSource::name() const noexcept {
  return state_->name;
}

}  // namespace postern::evidence
