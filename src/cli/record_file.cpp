#include "cli/record_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "cli/command.hpp"
#include "files/whole_file.hpp"

namespace postern::cli {
Result<RecordFile> RecordFile::hold(const std::string& path) {
  const std::string lock_path = path + ".lock";
  const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) {
    return fail(std::string("can't be written (") + std::strerror(errno) + ")", lock_path,
                "check that the folder exists and is writable, or name another with --record");
  }
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock);
    return fail("another process works with this record", path, "wait until it has ended");
  }
  files::remove_leftovers(path);
  return RecordFile(path, lock);
}

RecordFile::RecordFile(RecordFile&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

RecordFile& RecordFile::operator=(RecordFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

// The lock ends with its descriptor, however the process ends. Its file stays: removing it would
// let two processes lock two files of one name.
RecordFile::~RecordFile() {
  if (lock_ >= 0) ::close(lock_);
}

Result<std::optional<std::string>> RecordFile::read() const {
  struct stat found {};
  if (::stat(path_.c_str(), &found) != 0 && errno == ENOENT) return std::optional<std::string>{};
  auto text = read_text(path_);
  if (!text) return tl::unexpected(text.error());
  return std::optional(std::move(*text));
}

Result<void> RecordFile::save(std::string_view document) const {
  return files::write_whole(path_, document);
}

}  // namespace postern::cli
