#include "exchange/patience.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "base/ascii.hpp"

namespace postern::exchange {
namespace {

bool is_busy(int status) {
  return status == 408 || status == 500 || status == 502 || status == 503 || status == 504;
}

// An answer that was damaged on its way: packed octets that are none, or that end before the JSON
// in them does. Exchange's 403 of zeros, which also claims to be gzip, means what it says.
bool is_damaged(const Response& response) {
  if (response.status == 403) return false;
  if (response.undecodable) return true;
  const std::string_view body = trim(response.body);
  return !response.header("Content-Encoding").empty() && body.starts_with('{') &&
         !body.ends_with('}');
}

}  // namespace

std::int64_t retry_after(const Response& response, UnixTime now) {
  const std::string_view text = response.header("Retry-After");
  if (text.empty()) return -1;
  std::int64_t seconds = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (failed == std::errc{} && end == text.data() + text.size())
    return std::max<std::int64_t>(seconds, 0);
  // "Wed, 21 Oct 2026 07:28:00 GMT" has the form of a mail date.
  if (const auto time = parse_mail_date(text)) return std::max<std::int64_t>(*time - now, 0);
  return -1;
}

tl::expected<Response, SendFailure> send_patiently(Transport& transport, const Request& request,
                                                   bool may_repeat, const Patience& patience,
                                                   const Surroundings& around) {
  std::chrono::milliseconds pause{1000};
  for (unsigned attempt = 1;; ++attempt) {
    auto outcome = transport.send(request);
    std::int64_t asked = -1;
    bool again = false;
    if (!outcome) {
      again = attempt < patience.failed_attempts && !outcome.error().lasting &&
              (may_repeat || outcome.error().nothing_sent);
    } else {
      asked = retry_after(*outcome, around.now());
      const int status = outcome->status;
      again = status == 429 || (status == 503 && asked >= 0) ||
              (may_repeat && (is_busy(status) || is_damaged(*outcome)));
    }
    if (!again || attempt >= patience.attempts) return outcome;
    std::chrono::milliseconds wait = pause;
    if (asked >= 0) {
      if (std::chrono::seconds(asked) > patience.longest_wait) return outcome;
      wait = std::chrono::seconds(asked);
    } else {
      pause *= 2;
    }
    const auto extra = std::max(wait, std::chrono::milliseconds(1000)) / 2;
    wait += std::chrono::milliseconds(
        static_cast<std::int64_t>(around.random() * static_cast<double>(extra.count())));
    around.sleep(wait);
  }
}

}  // namespace postern::exchange
