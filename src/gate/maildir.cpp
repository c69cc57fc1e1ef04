#include "gate/maildir.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "base/result.hpp"
#include "smtp/data_reader.hpp"

namespace postern::gate {
namespace {

using smtp::Reply;

class MaildirDelivery final : public Delivery {
 public:
  MaildirDelivery(std::string folder, const smtp::MailFrom& mail, UnixTime now,
                  std::uint64_t unique)
      : folder_(std::move(folder)), return_path_(mail.wire()) {
    char host[256] = "localhost";
    ::gethostname(host, sizeof host - 1);
    name_ = std::to_string(now) + ".P" + std::to_string(::getpid()) + "Q" + std::to_string(unique) +
            ".";
    // maildir(5): '/' and ':' have a meaning of their own.
    for (const char* c = host; *c != '\0'; ++c)
      name_ += *c == '/' || *c == ':' ? '_' : *c;
  }

  ~MaildirDelivery() override { discard(); }

  Awaitable<Reply> recipient(const message::Address& address) override {
    delivered_to_ += "Delivered-To: " + address.text + '\n';
    co_return Reply{250, "2.1.5", "OK"};
  }

  Awaitable<Reply> begin() override {
    file_ = ::open(in("tmp").c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file_ < 0) co_return Reply{451, "4.3.0", "The mailbox can't be written"};
    // RFC 5321, 4.4: final delivery puts the envelope sender on top.
    put("Return-Path: " + return_path_ + '\n' + delivered_to_);
    co_return Reply{354, "", "End data with <CR><LF>.<CR><LF>"};
  }

  Awaitable<bool> write(std::string_view octets) override {
    std::string plain;
    unstuffer_.feed(octets, plain);
    // Files have lines that end with LF. Every CR is followed by one, or was refused.
    std::erase(plain, '\r');
    put(plain);
    co_return !failed_;
  }

  Awaitable<Reply> finish() override {
    failed_ = failed_ || ::fsync(file_) != 0;
    failed_ = ::close(file_) != 0 || failed_;
    file_ = -1;
    failed_ = failed_ || !move();
    if (failed_) {
      discard();
      co_return Reply{452, "4.3.1", "The mailbox can't be written"};
    }
    sync_folder();
    co_return Reply{250, "2.0.0", "Delivered"};
  }

  void abandon() override { discard(); }
  std::string name() const override { return "maildir"; }

 private:
  std::string in(const char* part) const { return folder_ + '/' + part + '/' + name_; }

  // Into new/, over nothing that is there: whatever has the name is somebody's mail.
  bool move() const {
    const std::string from = in("tmp");
    const std::string to = in("new");
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) {
      return true;
    }
    // Not every file system can do that, as NFS.
    if (errno != EINVAL && errno != ENOSYS) return false;
    if (::link(from.c_str(), to.c_str()) != 0) return false;
    ::unlink(from.c_str());
    return true;
  }

  void put(std::string_view octets) {
    while (!octets.empty() && !failed_) {
      const ssize_t written = ::write(file_, octets.data(), octets.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) {
        failed_ = true;
      } else {
        octets.remove_prefix(static_cast<std::size_t>(written));
      }
    }
  }

  // A rename lasts only when its folder was synced.
  void sync_folder() const {
    const int folder = ::open((folder_ + "/new").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return;
    ::fsync(folder);
    ::close(folder);
  }

  void discard() {
    if (file_ >= 0) ::close(file_);
    if (file_ >= 0 || failed_) ::unlink(in("tmp").c_str());
    file_ = -1;
  }

  std::string folder_;
  std::string return_path_;
  std::string name_;
  std::string delivered_to_;
  smtp::Unstuffer unstuffer_;
  int file_ = -1;
  bool failed_ = false;
};

tl::unexpected<Error> cannot_be_made(const std::string& path) {
  return fail(fmt::format("can't be made ({})", std::strerror(errno)), path,
              "name a folder that can be written");
}

}  // namespace

Result<void> check_maildir(const std::string& folder) {
  // Permissions alone do not tell: those of /proc allow root what it can't do.
  for (const char* part : {"", "/tmp", "/new", "/cur"}) {
    const std::string path = folder + part;
    struct stat found {};
    if (::stat(path.c_str(), &found) == 0) {
      if (!S_ISDIR(found.st_mode)) return fail("is there already and no folder", path);
      if (*part != '\0' && ::access(path.c_str(), W_OK | X_OK) != 0) {
        return fail("can't be written", path, "name a folder that can be written");
      }
      continue;
    }
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return cannot_be_made(path);
    ::rmdir(path.c_str());
    // The parts of a folder that is to be made are made with it.
    if (*part == '\0') break;
  }
  return {};
}

Result<void> prepare_maildir(const std::string& folder) {
  if (auto fits = check_maildir(folder); !fits) return fits;
  for (const char* part : {"", "/tmp", "/new", "/cur"}) {
    const std::string path = folder + part;
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return cannot_be_made(path);
  }
  return check_maildir(folder);
}

std::unique_ptr<Delivery> maildir_delivery(std::string folder, const smtp::MailFrom& mail,
                                           UnixTime now, std::uint64_t unique) {
  return std::make_unique<MaildirDelivery>(std::move(folder), mail, now, unique);
}

}  // namespace postern::gate
