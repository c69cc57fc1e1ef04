#include "exchange/secret.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/utf16.hpp"

namespace postern::exchange {
namespace {

constexpr std::size_t longest_secret = 64u << 10;

std::string reason() {
  return std::strerror(errno);
}

}  // namespace

void wipe(std::string& text) noexcept {
  // The capacity, not the size: what was longer before lies there too.
  text.resize(text.capacity());
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

Secret::Secret(Secret&& other) noexcept {
  value_.swap(other.value_);
  // A short text is copied by the swap, not handed over.
  wipe(other.value_);
}

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe(value_);
    value_ = other.value_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe(value_);
    value_.swap(other.value_);
    wipe(other.value_);
  }
  return *this;
}

Secret::~Secret() {
  wipe(value_);
}

std::string without(std::string text, const Secret& secret) {
  if (secret.empty()) return text;
  const std::string& hidden = secret.reveal();
  constexpr std::string_view mark = "[secret]";
  for (std::size_t at = text.find(hidden); at != std::string::npos;
       at = text.find(hidden, at + mark.size())) {
    text.replace(at, hidden.size(), mark);
  }
  return text;
}

Result<Secret> read_secret_descriptor(int descriptor, const std::string& where) {
  std::string text;
  char block[4096];
  for (;;) {
    const ssize_t got = ::read(descriptor, block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      wipe(text);
      return fail(fmt::format("can't be read ({})", reason()), where, "check who may read it");
    }
    if (got == 0) break;
    text.append(block, static_cast<std::size_t>(got));
    if (text.size() > longest_secret) {
      wipe(text);
      return fail("is longer than any secret", where, "name the file that holds the secret alone");
    }
  }
  OPENSSL_cleanse(block, sizeof block);
  // Editors and PowerShell put a byte order mark before it, and write UTF-16.
  std::string plain = to_utf8(text);
  wipe(text);
  Secret secret{std::string(trim(plain))};
  wipe(plain);
  if (secret.empty()) return fail("is empty", where, "put the secret there");
  return secret;
}

Result<Secret> read_secret_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return fail(fmt::format("can't be read ({})", reason()), path, "check the path");
  }
  struct stat about {};
  if (::fstat(file, &about) != 0 || S_ISDIR(about.st_mode)) {
    ::close(file);
    return fail("is no file", path, "name the file that holds the secret");
  }
  if (S_ISREG(about.st_mode) && (about.st_mode & 077) != 0) {
    ::close(file);
    return fail(fmt::format("can be read by others (mode {:04o})", about.st_mode & 07777), path,
                fmt::format("chmod 600 {}", path));
  }
  auto secret = read_secret_descriptor(file, path);
  ::close(file);
  return secret;
}

}  // namespace postern::exchange
