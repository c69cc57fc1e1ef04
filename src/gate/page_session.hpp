// Who is signed in at the page: a token is shown once, and a cookie that only the gate can make
// stands for it from then on, also after the gate was started again. The cookie names who it is
// for and until when, under a MAC keyed with the token: a new token signs everybody out.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "base/time.hpp"

namespace postern::gate {

struct PageSession {
  std::string who;  ///< as they called themselves; nobody checked it
  UnixTime until = 0;
};

class PageSessions {
 public:
  static constexpr std::chrono::hours lasts{12};

  explicit PageSessions(std::string token) : token_(std::move(token)) {}
  /// From a file. Errors: not there, less than 16 octets, readable by others than its owner.
  static Result<PageSessions> read(const std::string& token_file);

  /// In constant time.
  [[nodiscard]] bool is_token(std::string_view said) const noexcept;
  /// The value of a Set-Cookie: HttpOnly, SameSite=Strict. `who` is cut to 60 octets.
  [[nodiscard]] std::string cookie_for(std::string_view who, UnixTime now) const;
  /// The Set-Cookie that ends a session in the browser.
  [[nodiscard]] static std::string no_cookie();
  /// What a Cookie field says; nothing where no session of ours that lasts is in it.
  [[nodiscard]] std::optional<PageSession> session_of(std::string_view cookies, UnixTime now) const;

 private:
  [[nodiscard]] std::string mac_of(std::string_view text) const;
  std::string token_;
};

}  // namespace postern::gate
