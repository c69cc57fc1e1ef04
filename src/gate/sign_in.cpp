#include "gate/sign_in.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"

namespace postern::gate {
namespace {

bool offers(const smtp::ClientSession& session, std::string_view mechanism) {
  const auto& offered = session.extensions().auth_mechanisms;
  return std::any_of(offered.begin(), offered.end(),
                     [&](const std::string& each) { return iequals(each, mechanism); });
}

smtp::Reply unavailable() {
  return {454, "4.7.0", "Temporary authentication failure"};
}

}  // namespace

void SignIn::drop() noexcept {
  connection_.reset();
  state_ = State::none;
}

void SignIn::lose() noexcept {
  connection_.reset();
  state_ = State::lost;
}

Awaitable<smtp::Reply> SignIn::begin(std::shared_ptr<const Routes> routes,
                                     std::shared_ptr<const NextHopOptions> options,
                                     std::string_view text) {
  drop();
  fault_.clear();
  options_ = std::move(options);
  const Route* route = routes->find("*");
  if (route == nullptr || route->hops.empty()) {
    fault_ = "no wildcard route leads to a mail server";
    co_return unavailable();
  }
  std::string line = "AUTH " + std::string(text);
  auto opened = co_await hops_.open(*route, *options_, true);
  if (!opened.connection) {
    fault_ = std::move(opened.fault);
    co_return unavailable();
  }
  // RFC 4954, 4: whoever is asked must have offered it. To anybody else the password would go for
  // nothing.
  if (const std::string mechanism(text.substr(0, text.find(' ')));
      !offers(opened.connection->session, mechanism)) {
    fault_ = opened.connection->hop.text() + " does not offer AUTH " + mechanism;
    hops_.give_back(std::move(opened.connection), *options_);
    co_return unavailable();
  }
  connection_ = std::move(opened.connection);
  state_ = State::pending;
  co_return co_await exchange(std::move(line));
}

Awaitable<smtp::Reply> SignIn::go_on(std::string_view response) {
  std::string line(response);
  co_return co_await exchange(std::move(line));
}

Awaitable<smtp::Reply> SignIn::exchange(std::string line) {
  if (state_ != State::pending || !connection_->session.command(smtp::Stage::auth, line)) {
    drop();
    co_return smtp::Reply{501, "5.5.2", "Bad response"};
  }
  const auto event = co_await connection_->reply(options_->command);
  if (event.kind != smtp::ClientSession::Kind::reply) {
    fault_ = connection_->hop.text() + " at AUTH: " + std::string(event.what);
    if (event.reply.code != 0) fault_ += ": " + event.reply.line();
    hops_.failures.add();
    drop();
    co_return unavailable();
  }
  if (event.reply.positive()) {
    state_ = State::agreed;
  } else if (!event.reply.intermediate()) {
    drop();
  }
  co_return for_client(event.reply);
}

}  // namespace postern::gate
