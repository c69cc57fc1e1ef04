#include "gate/next_hop.hpp"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstddef>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/join.hpp"
#include "gate/awaiting.hpp"

namespace postern::gate {
namespace {

using Kind = smtp::ClientSession::Kind;
using Event = smtp::ClientSession::Event;
using Endpoint = Socket::endpoint_type;

}  // namespace

HopConnection::HopConnection(Deadlines& deadlines, Buffers& buffers, Socket socket,
                             const NextHop& next_hop, const std::string& name)
    : wire(deadlines, std::move(socket)),
      session({name, next_hop.lmtp, next_hop.tls}),
      hop(next_hop),
      helo_name(name),
      buffers_(buffers) {}

HopConnection::~HopConnection() {
  buffers_.give_back(std::move(block_));
}

bool HopConnection::has_input() noexcept {
  return !input_.empty() || wire.input() != Wire::Input::none;
}

bool HopConnection::is_reusable() noexcept {
  return session.reusable() && !has_input();
}

// What came before a command was written is no answer to it.
Event HopConnection::early() const {
  return {Kind::failed, session.waiting_for(), {}, 0, "it answered before it was asked"};
}

Awaitable<Event> HopConnection::next(Seconds time_limit) {
  const Wire::Until until = wire.within(time_limit);
  for (;;) {
    if (!session.output().empty()) {
      if (!input_.empty()) co_return early();
      if (!co_await wire.write(session.output(), until)) break;
      session.output().clear();
    }
    Event event = session.next(input_);
    if (input_.empty()) buffers_.give_back(std::move(block_));
    if (event.kind == Kind::start_tls) {
      if (!hop.context || !co_await wire.connect_tls(*hop.context, hop.host, until)) {
        co_return Event{Kind::failed, smtp::Stage::start_tls, {}, 0, "the TLS handshake failed"};
      }
      session.tls_started();
      continue;
    }
    if (event.kind != Kind::need_input) co_return event;
    if (!session.output().empty()) continue;
    if (!co_await wire.readable(until)) break;
    block_ = buffers_.take();
    const std::size_t got = co_await wire.read({block_.get(), Buffers::block_size}, until);
    if (got == 0) break;
    input_ = {block_.get(), got};
  }
  buffers_.give_back(std::move(block_));
  input_ = {};
  co_return Event{
      Kind::failed,
      session.waiting_for(),
      {},
      0,
      wire.end() == Wire::End::expired ? "no answer in time" : "the connection was lost"};
}

Awaitable<Event> HopConnection::reply(Seconds time_limit) {
  Event event = co_await next(time_limit);
  if (event.kind == Kind::ready) {
    event.kind = Kind::failed;
    event.what = "it answered out of turn";
  }
  co_return event;
}

Awaitable<Found> NextHops::find(const NextHop& hop, const NextHopOptions& options) {
  if (hop.unix_socket) {
    co_return Found{{asio::local::stream_protocol::endpoint(hop.host)}, {}};
  }
  boost::system::error_code no_address;
  const auto address = asio::ip::make_address(hop.host, no_address);
  if (!no_address) co_return Found{{asio::ip::tcp::endpoint(address, hop.port)}, {}};
  co_return co_await look_up(begin_lookup, loop_, deadlines_, hop.host, hop.port, options.connect);
}

Awaitable<NextHops::Opened> NextHops::connect(const NextHop& hop, const NextHopOptions& options) {
  Opened opened;
  const Found found = co_await find(hop, options);
  opened.fault = found.fault;
  for (const Endpoint& endpoint : found.endpoints) {
    Socket socket(loop_);
    boost::system::error_code failed;
    socket.open(endpoint.protocol(), failed);
    if (!failed && !hop.unix_socket) socket.set_option(asio::ip::tcp::no_delay(true), failed);
    if (failed) {
      opened.fault = failed.message();
      continue;
    }
    auto connection = std::make_unique<HopConnection>(deadlines_, buffers_, std::move(socket), hop,
                                                      options.helo_name);
    Wire& wire = connection->wire;
    const bool connected = co_await wire.connect(endpoint, wire.within(options.connect));
    if (!connected) {
      opened.fault = wire.end() == Wire::End::expired ? "no connection in time" : wire.fault();
      continue;
    }
    const Event event = co_await connection->next(options.command);
    if (event.kind == Kind::ready) {
      opened.connection = std::move(connection);
      opened.fault.clear();
      co_return opened;
    }
    opened.refusal = event.reply;
    opened.fault = fmt::format("at {}: {}", smtp::name_of(event.stage), event.what);
    if (!connection->wire.fault().empty()) opened.fault += " (" + connection->wire.fault() + ")";
    if (event.reply.code != 0) opened.fault += ": " + event.reply.line();
  }
  if (opened.fault.empty()) opened.fault = "its name has no address";
  co_return opened;
}

Awaitable<std::unique_ptr<HopConnection>> NextHops::kept(const NextHop& hop,
                                                         const NextHopOptions& options) {
  const std::string name = hop.text();
  for (;;) {
    // Looked up anew each time: others take and give while this waits.
    const auto found = idle_.find(name);
    if (found == idle_.end()) co_return nullptr;
    // Another route, or the one of before a reload, may speak to the hop in another way: without
    // XCLIENT a stranger would pass for the gate.
    auto& idle = found->second;
    const auto fitting = std::find_if(idle.rbegin(), idle.rend(), [&](const auto& each) {
      return each->hop == hop && each->helo_name == options.helo_name;
    });
    if (fitting == idle.rend()) co_return nullptr;
    std::unique_ptr<HopConnection> connection = std::move(*fitting);
    idle.erase(std::next(fitting).base());
    if (connection->resetting) {
      const Event event = co_await connection->reply(options.command);
      if (event.kind != Kind::reply) continue;
      connection->resetting = false;
    }
    // What is readable now is a farewell, the end, or a reply too many.
    if (!connection->is_reusable()) continue;
    connection->reused = true;
    co_return connection;
  }
}

Awaitable<NextHops::Opened> NextHops::open(const Route& route, const NextHopOptions& options,
                                           bool fresh) {
  Opened opened;
  std::string faults;
  // First those that are believed to be up, then the rest: nobody is given up on untried.
  std::vector<const NextHop*> order;
  for (const bool avoided : {false, true}) {
    for (const NextHop& hop : route.hops) {
      const auto until = avoid_until_.find(hop.text());
      const bool down = until != avoid_until_.end() && deadlines_.now() < until->second;
      if (down == avoided) order.push_back(&hop);
    }
  }
  for (const NextHop* hop : order) {
    if (!fresh) {
      opened.connection = co_await kept(*hop, options);
      if (opened.connection) co_return opened;
    }
    opened = co_await connect(*hop, options);
    const std::string name = hop->text();
    if (opened.connection) {
      avoid_until_.erase(name);
      co_return opened;
    }
    failures.add();
    avoid_until_[name] = deadlines_.now() + options.avoid;
    append_item(faults, name + ' ' + opened.fault, "; ");
  }
  opened.fault = std::move(faults);
  co_return opened;
}

void NextHops::give_back(std::unique_ptr<HopConnection> connection, const NextHopOptions& options) {
  if (closing_) return;
  if (!connection || connection->wire.end() != Wire::End::none) return;
  if (!connection->resetting && !connection->is_reusable()) return;
  // Postfix offers XCLIENT no more once it named a client that may not say it: whoever came next
  // over this connection would be taken for that client.
  if (connection->speaks_for && connection->session.extensions().xclient.empty()) {
    connection->wire.write_if_possible("QUIT\r\n");
    return;
  }
  auto& idle = idle_[connection->hop.text()];
  if (idle.size() >= options.most_idle) return;
  connection->kept_until = connection->wire.within(options.idle);
  idle.push_back(std::move(connection));
}

void NextHops::purge() {
  for (auto& [name, idle] : idle_) {
    std::erase_if(idle, [this](const auto& connection) {
      const bool over = connection->kept_until < deadlines_.now();
      if (over) connection->wire.write_if_possible("QUIT\r\n");
      return over;
    });
  }
}

smtp::Reply for_client(smtp::Reply reply) {
  if (reply.code == 421) {
    reply.code = 451;
    if (reply.enhanced.empty()) reply.enhanced = "4.3.2";
  }
  if (reply.enhanced.empty()) {
    reply.enhanced = reply.positive()    ? "2.0.0"
                     : reply.transient() ? "4.0.0"
                     : reply.permanent() ? "5.0.0"
                                         : "";
  }
  return reply;
}

}  // namespace postern::gate
