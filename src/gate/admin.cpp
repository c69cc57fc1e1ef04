#include "gate/admin.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "gate/awaiting.hpp"
#include "gate/route.hpp"

namespace postern::gate {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

Response answer(const Request& request, const Metrics& metrics) {
  Response response;
  response.version(request.version());
  response.set(http::field::content_type, "text/plain; charset=utf-8");
  response.set(http::field::cache_control, "no-store");
  const auto say = [&](http::status status, std::string text) {
    response.result(status);
    response.body() = std::move(text);
  };
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    response.set(http::field::allow, "GET, HEAD");
    say(http::status::method_not_allowed, "GET only\n");
  } else if (request.target() == "/metrics") {
    response.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
    say(http::status::ok, prometheus_text(metrics));
  } else if (request.target() == "/healthz") {
    say(http::status::ok, "ok\n");
  } else if (request.target() == "/readyz") {
    const bool ready = metrics.ready.value() == 1 && metrics.draining.value() == 0;
    say(ready ? http::status::ok : http::status::service_unavailable,
        ready                           ? "ready\n"
        : metrics.draining.value() != 0 ? "draining\n"
                                        : "starting\n");
  } else {
    say(http::status::not_found, "there are /metrics, /healthz and /readyz\n");
  }
  response.keep_alive(request.keep_alive());
  response.prepare_payload();
  if (request.method() == http::verb::head) response.body().clear();
  return response;
}

asio::awaitable<void> serve(tcp::socket socket, const Metrics& metrics) {
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer(16384);
  for (;;) {
    http::request_parser<http::empty_body> parser;
    parser.header_limit(8192);
    stream.expires_after(std::chrono::seconds(10));
    const auto [read_error, taken] = co_await http::async_read(stream, buffer, parser, awaiting);
    static_cast<void>(taken);
    if (read_error) co_return;
    const Response response = answer(parser.get(), metrics);
    stream.expires_after(std::chrono::seconds(10));
    const auto [write_error, sent] = co_await http::async_write(stream, response, awaiting);
    static_cast<void>(sent);
    if (write_error || !response.keep_alive()) co_return;
  }
}

}  // namespace

struct AdminPage::Server {
  static constexpr int most_connections = 64;

  Server(tcp::acceptor&& taken, asio::io_context& context, const Metrics& what)
      : acceptor(std::move(taken)), loop(context), metrics(what) {}

  asio::awaitable<void> accept_all() {
    for (;;) {
      auto [error, socket] = co_await acceptor.async_accept(awaiting);
      if (!acceptor.is_open()) co_return;
      if (error) {
        asio::steady_timer pause(loop, std::chrono::milliseconds(200));
        co_await pause.async_wait(awaiting);
        continue;
      }
      if (open >= most_connections) continue;
      ++open;
      asio::co_spawn(loop, serve(std::move(socket), metrics),
                     [this](const std::exception_ptr&) { --open; });
    }
  }

  std::unique_ptr<asio::io_context> owned;  // first, so that it goes last
  tcp::acceptor acceptor;
  asio::io_context& loop;
  const Metrics& metrics;
  std::string address;
  int open = 0;
  std::thread thread;
};

AdminPage::AdminPage(std::unique_ptr<Server> server) : server_(std::move(server)) {
  asio::co_spawn(server_->loop, server_->accept_all(), asio::detached);
  server_->thread = std::thread([this] { server_->loop.run(); });
}

AdminPage::~AdminPage() {
  server_->loop.stop();
  server_->thread.join();
}

const std::string& AdminPage::address() const noexcept {
  return server_->address;
}

Result<std::unique_ptr<AdminPage>> AdminPage::open(const std::string& address,
                                                   const Metrics& metrics) {
  const auto parsed = parse_host_port(address);
  if (!parsed) return tl::unexpected(parsed.error());
  boost::system::error_code failed;
  const auto host =
      asio::ip::make_address(parsed->host == "localhost" ? "127.0.0.1" : parsed->host, failed);
  if (failed || !host.is_loopback()) {
    return fail("is no loopback address", address,
                "use 127.0.0.1 or [::1]: the page asks nobody who they are");
  }
  auto loop = std::make_unique<asio::io_context>(1);
  tcp::acceptor acceptor(*loop);
  const tcp::endpoint endpoint(host, parsed->port);
  acceptor.open(endpoint.protocol(), failed);
  if (!failed) acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed) acceptor.bind(endpoint, failed);
  if (!failed) acceptor.listen(16, failed);
  if (failed) {
    return fail(fmt::format("can't listen ({})", failed.message()), address,
                "another program may have the port: choose another");
  }
  const auto bound = acceptor.local_endpoint();
  asio::io_context& context = *loop;
  auto server = std::make_unique<Server>(std::move(acceptor), context, metrics);
  server->owned = std::move(loop);
  server->address = host.is_v6() ? fmt::format("[{}]:{}", host.to_string(), bound.port())
                                 : fmt::format("{}:{}", host.to_string(), bound.port());
  return std::unique_ptr<AdminPage>(new AdminPage(std::move(server)));
}

}  // namespace postern::gate
