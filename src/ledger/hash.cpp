#include "ledger/hash.hpp"

#include <cstddef>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string>
#include <string_view>
#include <sys/stat.h>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "files/whole_file.hpp"

namespace postern::ledger {
namespace {

constexpr std::size_t kept_octets = 8;

}  // namespace

std::string hashed_address(std::string_view address, std::string_view key) {
  const std::size_t at = address.rfind('@');
  const std::string whole = to_lower(address);
  unsigned char digest[EVP_MAX_MD_SIZE] = {};
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(whole.data()), whole.size(), digest, &length);
  std::string out = "~" + to_hex({digest, kept_octets});
  if (at != std::string_view::npos) out += address.substr(at);
  return out;
}

bool is_hashed(std::string_view address) noexcept {
  const std::string_view local = address.substr(0, address.rfind('@'));
  return local.size() == 1 + 2 * kept_octets && local.front() == '~' &&
         local.find_first_not_of("0123456789abcdef", 1) == std::string_view::npos;
}

Result<std::string> read_hash_key(const std::string& file) {
  constexpr std::size_t longest_key = 1 << 16;
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    return fail("can't be read", file, "make it: openssl rand -hex 32 > FILE; chmod 600 FILE");
  }
  if ((status.st_mode & (S_IRWXO)) != 0) {
    return fail("is a key that everybody may use", file, "chmod 640 or tighter");
  }
  auto key = files::read_whole(file, longest_key);
  if (!key) return key;
  while (!key->empty() && (key->back() == '\n' || key->back() == '\r'))
    key->pop_back();
  if (key->size() < 16) {
    return fail("is a key of less than 16 octets", file, "openssl rand -hex 32");
  }
  return key;
}

}  // namespace postern::ledger
