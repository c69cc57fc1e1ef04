// Waiting on the event loop for what DNS says of a message.
#pragma once

#include "gate/asio.hpp"
#include "gate/authenticator.hpp"
#include "judge/judge.hpp"

namespace postern::gate {

/// What a check needs of the settings.
auth::MessageCheckOptions check_options(const judge::Settings& settings);

/// Finishes the check, which stays until this is done.
Awaitable<auth::MessageAuthentication> await_results(asio::io_context& loop,
                                                     Authenticator::Check& check);

}  // namespace postern::gate
