#include "exchange/patience.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace postern::exchange {
namespace {

bool is_busy(int status) {
  return status == 500 || status == 502 || status == 503 || status == 504;
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
      again = status == 429 || (status == 503 && asked >= 0) || (may_repeat && is_busy(status));
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
