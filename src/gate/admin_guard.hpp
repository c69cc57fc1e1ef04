// Who may be answered at the admin listener, and who may change something there. Loopback is
// reached by every local user and, through a browser, by every web page: nothing is believed that a
// page of somebody else's could send.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern::gate {

/// What of a request decides; empty where the field is not there.
struct AdminHeaders {
  std::string_view host;
  std::string_view origin;
  std::string_view fetch_site;  ///< Sec-Fetch-Site, which no script can set
  std::string_view content_type;
  unsigned version = 11;  ///< of HTTP; 1.0 has no Host
};

class AdminGuard {
 public:
  /// `hosts`: names in normal form that are as good as those of loopback.
  explicit AdminGuard(std::vector<std::string> hosts) : hosts_(std::move(hosts)) {}

  /// Whether a request names this host as only this host can: a page of anybody's may have its name
  /// lead here (DNS rebinding), and would read what the browser is answered.
  [[nodiscard]] bool names_this_host(const AdminHeaders&) const;
  /// Why what is known of mail is not for who asks; empty: it is, once they signed in.
  [[nodiscard]] std::string_view fault_of_reading(const AdminHeaders&) const;
  /// Why who asks may change nothing, nor sign in; empty: they may.
  [[nodiscard]] std::string_view fault_of_changing(const AdminHeaders&) const;

 private:
  std::vector<std::string> hosts_;
};

}  // namespace postern::gate
