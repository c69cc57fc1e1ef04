#include "gate/await_results.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

namespace postern::gate {

auth::MessageCheckOptions check_options(const judge::Settings& settings) {
  auth::MessageCheckOptions options;
  options.authserv_id = settings.authserv_id;
  options.trusted_sealers = settings.trusted_arc_sealers;
  return options;
}

Awaitable<auth::MessageAuthentication> await_results(asio::io_context& loop,
                                                     Authenticator::Check& check) {
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&,
                                          void(auth::MessageAuthentication)>(
      [&check, &loop](auto handler) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        check.finish([shared, &loop](const auth::MessageAuthentication& found) {
          // Not from within finish(): what resumes here may destroy the check.
          asio::post(loop, [shared, found] { std::move (*shared)(found); });
        });
      },
      asio::use_awaitable);
}

}  // namespace postern::gate
