#include "cli/record_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "cli/command.hpp"

namespace postern::cli {
namespace {

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

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
  if (auto written = write_document({"json", path_}, document); !written) return written;
  // The rename itself must not be lost.
  const int folder = ::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return fail("the folder can't be opened", folder_of(path_));
  const bool synced = ::fsync(folder) == 0 || errno == EINVAL;
  ::close(folder);
  if (!synced) return fail("the folder can't be synced to disk", folder_of(path_));
  return {};
}

}  // namespace postern::cli
