#include "gate/await_results.hpp"

#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <utility>

#include "gate/awaiting.hpp"

namespace postern::gate {

auth::MessageCheckOptions check_options(const judge::Settings& settings) {
  auth::MessageCheckOptions options;
  options.authserv_id = settings.authserv_id;
  options.trusted_sealers = settings.trusted_arc_sealers;
  return options;
}

Awaitable<auth::MessageAuthentication> await_results(asio::io_context& loop,
                                                     Authenticator::Check& check) {
  // The coroutine belongs to the timer's wait, and so to the loop. Were it the check's own, neither
  // would ever go where the loop ends first.
  std::optional<auth::MessageAuthentication> results;
  asio::steady_timer there(loop, Clock::time_point::max());
  check.finish([&](const auth::MessageAuthentication& found) {
    results = found;
    there.cancel();
  });
  while (!results)
    co_await there.async_wait(awaiting);
  co_return std::move(*results);
}

}  // namespace postern::gate
