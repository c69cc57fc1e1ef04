#include "files/whole_file.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <system_error>
#include <unistd.h>

#include <climits>
#include <fmt/format.h>

#include "files/descriptor.hpp"

namespace postern::files {
namespace {

tl::unexpected<Error> failed(const std::string& path, const char* what, int reason,
                             const char* remedy) {
  return fail(fmt::format("{} ({})", what, std::strerror(reason)), path, remedy);
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// The path that a chain of links ends in, whether or not it is there yet.
std::string behind_links(std::string path) {
  constexpr int most_links = 40;  // as many as Linux follows
  for (int i = 0; i < most_links; ++i) {
    std::array<char, PATH_MAX> target;
    const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
    if (length < 0) break;
    const std::string next(target.data(), static_cast<std::size_t>(length));
    if (!next.starts_with('/')) {
      path = folder_of(path);
      path += '/';
      path += next;
    } else {
      path = next;
    }
  }
  return path;
}

// The descriptor that is this file already ("/dev/stdout", sent to a file); -1 where none is.
int open_already(const struct stat& wanted) {
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat open {};
    if (::fstat(descriptor, &open) == 0 && open.st_dev == wanted.st_dev &&
        open.st_ino == wanted.st_ino) {
      return descriptor;
    }
  }
  return -1;
}

Result<void> write_in_place(const std::string& path, const GivePieces& give, int descriptor) {
  Descriptor opened(descriptor < 0 ? ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY) : -1);
  const int target = descriptor < 0 ? opened.get() : descriptor;
  // A reader that has seen enough (head, less) is no failure.
  const bool written = target >= 0 && (write_all(target, give) || errno == EPIPE);
  if (!written) return failed(path, "can't be written", errno, "name another file");
  if (!opened.close()) return failed(path, "can't be written", errno, "name another file");
  return {};
}

mode_t usual_mode() {
  // The mask can only be read by setting it; a file made meanwhile by another thread is closed
  // to others rather than open.
  const mode_t mask = ::umask(077);
  ::umask(mask);
  return 0666 & ~mask;
}

Result<void> sync_folder(const std::string& folder, const std::string& path) {
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // EINVAL: a file system that has nothing to sync there.
  if (opened.get() >= 0 && (::fsync(opened.get()) == 0 || errno == EINVAL)) return {};
  return failed(path, "is written, but its folder can't be synced to disk", errno,
                "look after the disk");
}

constexpr std::string_view beside_name = ".postern-";

bool take_lock(int file) {
  return ::flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

// A new file, locked so that remove_leftovers() of another process lets it be; -1, with errno.
int open_beside(const std::string& folder, std::string& path) {
  constexpr int most = 10;
  for (int i = 0; i < most; ++i) {
    path = fmt::format("{}/{}XXXXXX", folder, beside_name);
    const int file = ::mkostemp(path.data(), O_CLOEXEC);
    if (file < 0) return -1;
    struct stat about {};
    if (take_lock(file) && ::fstat(file, &about) == 0 && about.st_nlink > 0) return file;
    ::close(file);  // taken for a leftover before the lock was there
  }
  errno = EBUSY;
  return -1;
}

void remove_if_left(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat about {};
  if (file.get() >= 0 && ::fstat(file.get(), &about) == 0 && S_ISREG(about.st_mode) &&
      about.st_uid == ::geteuid() && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0) {
    ::unlink(path.c_str());
  }
}

Result<void> replace(const std::string& path, const GivePieces& give, mode_t mode) {
  const std::string target = behind_links(path);
  const std::string folder = folder_of(target);
  std::string beside;
  Descriptor file(open_beside(folder, beside));
  if (file.get() < 0) {
    return failed(path, "can't be written", errno, "check that the folder exists and is writable");
  }
  const bool written =
      ::fchmod(file.get(), mode) == 0 && write_all(file.get(), give) && ::fsync(file.get()) == 0;
  // It stays open, and so locked, until it has its name.
  if (!written || ::rename(beside.c_str(), target.c_str()) != 0) {
    const int reason = errno;
    ::unlink(beside.c_str());
    return failed(path, "can't be written", reason, "nothing was changed there");
  }
  return sync_folder(folder, path);
}

}  // namespace

bool write_all(int descriptor, std::string_view octets) noexcept {
  while (!octets.empty()) {
    const ssize_t written = ::write(descriptor, octets.data(), octets.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    octets.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool write_all(int descriptor, const GivePieces& give) {
  constexpr std::size_t block = 64u << 10;
  std::string waiting;
  int fault = 0;
  const auto send = [&] {
    if (fault == 0 && !write_all(descriptor, waiting)) fault = errno;
    waiting.clear();
  };
  give([&](std::string_view piece) {
    if (waiting.empty() && piece.size() >= block) {
      if (fault == 0 && !write_all(descriptor, piece)) fault = errno;
      return;
    }
    waiting += piece;
    if (waiting.size() >= block) send();
  });
  send();
  errno = fault;
  return fault == 0;
}

Result<void> write_whole(const std::string& path, std::string_view document, Access access) {
  return write_pieces(
      path, [document](const TakePiece& take) { take(document); }, access);
}

Result<void> write_pieces(const std::string& path, const GivePieces& give, Access access) {
  struct stat there {};
  const bool exists = ::stat(path.c_str(), &there) == 0;
  if (exists && S_ISDIR(there.st_mode)) return fail("is a folder", path, "name a file");
  if (exists) {
    const int open = open_already(there);
    if (open >= 0 || !S_ISREG(there.st_mode)) return write_in_place(path, give, open);
  }
  const mode_t mode = access == Access::owner ? 0600
                      : exists                ? there.st_mode & 07777
                                              : usual_mode();
  return replace(path, give, mode);
}

void remove_leftovers(const std::string& beside_path) {
  const std::string folder = folder_of(behind_links(beside_path));
  std::error_code failed;
  std::filesystem::directory_iterator entry(folder, failed);
  for (; !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(beside_name) && name.size() == beside_name.size() + 6) {
      remove_if_left(entry->path().string());
    }
  }
}

Result<std::string> read_whole(const std::string& path, std::size_t most) {
  constexpr const char* remedy = "check the path and its permissions";
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (file.get() < 0) return failed(path, "can't be read", errno, remedy);
  std::string octets;
  std::array<char, 65536> block;
  for (;;) {
    const ssize_t got = ::read(file.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(path, "can't be read", errno, remedy);
    if (got == 0) return octets;
    octets.append(block.data(), static_cast<std::size_t>(got));
    if (octets.size() > most) {
      return fail(fmt::format("is larger than {} MB", most >> 20), path, "name another file");
    }
  }
}

}  // namespace postern::files
