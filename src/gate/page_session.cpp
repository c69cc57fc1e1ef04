#include "gate/page_session.hpp"

#include <charconv>
#include <cstddef>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/stat.h>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "files/whole_file.hpp"

namespace postern::gate {
namespace {

constexpr std::string_view cookie_name = "postern-page=";
constexpr std::string_view attributes = "; HttpOnly; SameSite=Strict; Path=/";
constexpr std::size_t longest_name = 60;

bool is_same(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

Result<PageSessions> PageSessions::read(const std::string& token_file) {
  constexpr const char* make = "make it: openssl rand -hex 32 > FILE; chmod 600 FILE";
  struct stat status {};
  if (::stat(token_file.c_str(), &status) != 0) return fail("can't be read", token_file, make);
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail("is a token that others may read", token_file, "chmod 600");
  }
  auto token = files::read_whole(token_file, 1 << 16);
  if (!token) return tl::unexpected(token.error());
  std::string kept(trim(*token));
  if (kept.size() < 16) return fail("is a token of less than 16 octets", token_file, make);
  return PageSessions(std::move(kept));
}

std::string PageSessions::mac_of(std::string_view text) const {
  unsigned char digest[EVP_MAX_MD_SIZE] = {};
  unsigned length = 0;
  const std::string whole = fmt::format("postern page session {}", text);
  HMAC(EVP_sha256(), token_.data(), static_cast<int>(token_.size()),
       reinterpret_cast<const unsigned char*>(whole.data()), whole.size(), digest, &length);
  return to_hex({digest, length});
}

bool PageSessions::is_token(std::string_view said) const noexcept {
  return is_same(said, token_);
}

std::string PageSessions::cookie_for(std::string_view who, UnixTime now) const {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(lasts).count();
  const std::string text =
      fmt::format("{}.{}", to_hex(printable(who.substr(0, longest_name))), now + seconds);
  return fmt::format("{}{}.{}{}; Max-Age={}", cookie_name, text, mac_of(text), attributes, seconds);
}

std::string PageSessions::no_cookie() {
  return fmt::format("{}{}; Max-Age=0", cookie_name, attributes);
}

std::optional<PageSession> PageSessions::session_of(std::string_view cookies, UnixTime now) const {
  for (std::string_view each : split(cookies, ';')) {
    each = trim(each);
    if (!each.starts_with(cookie_name)) continue;
    each.remove_prefix(cookie_name.size());
    const std::size_t last = each.rfind('.');
    const std::size_t first = each.find('.');
    if (last == std::string_view::npos || first == last) continue;
    const std::string_view text = each.substr(0, last);
    if (!is_same(each.substr(last + 1), mac_of(text))) continue;
    const std::string_view until = text.substr(first + 1);
    PageSession session;
    const char* end = until.data() + until.size();
    if (std::from_chars(until.data(), end, session.until).ptr != end) continue;
    auto who = from_hex(text.substr(0, first));
    if (!who || session.until <= now) continue;
    session.who = std::move(*who);
    return session;
  }
  return std::nullopt;
}

}  // namespace postern::gate
