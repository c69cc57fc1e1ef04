#include "gate/hold.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace postern::gate {
namespace {

bool write_all(int descriptor, std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t written = ::write(descriptor, octets.data(), octets.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    octets.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

int open_nameless(std::string folder) {
  if (folder.empty()) folder = "/tmp";
  const int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor >= 0) return descriptor;
  // Not every file system can do that.
  std::string name = folder + "/postern-hold-XXXXXX";
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(name.c_str());
  return named;
}

}  // namespace

Hold::~Hold() {
  unmap();
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Hold::unmap() noexcept {
  if (map_ != nullptr) ::munmap(map_, map_size_);
  map_ = nullptr;
}

bool Hold::spill() {
  descriptor_ = open_nameless(folder_);
  if (descriptor_ < 0 || !write_all(descriptor_, memory_)) return false;
  memory_ = {};
  return true;
}

bool Hold::append(std::string_view octets) {
  if (!in_file() && size_ + octets.size() > limit_ && !spill()) return false;
  if (in_file()) {
    unmap();
    if (!write_all(descriptor_, octets)) return false;
  } else {
    memory_ += octets;
  }
  size_ += octets.size();
  return true;
}

std::size_t Hold::read(std::size_t offset, std::span<char> into) const {
  if (offset >= size_) return 0;
  const std::size_t wanted = std::min(into.size(), size_ - offset);
  if (!in_file()) {
    std::memcpy(into.data(), memory_.data() + offset, wanted);
    return wanted;
  }
  for (;;) {
    const ssize_t got = ::pread(descriptor_, into.data(), wanted, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    return got < 0 ? 0 : static_cast<std::size_t>(got);
  }
}

std::string_view Hold::view() {
  if (!in_file()) return memory_;
  if (map_ == nullptr && size_ > 0) {
    void* map = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor_, 0);
    if (map == MAP_FAILED) return {};
    map_ = map;
    map_size_ = size_;
  }
  return {static_cast<const char*>(map_), size_};
}

}  // namespace postern::gate
