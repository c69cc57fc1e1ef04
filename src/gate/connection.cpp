#include "gate/connection.hpp"

#include <cstdint>
#include <utility>

#include "base/socket_address.hpp"
#include "gate/awaiting.hpp"
#include "gate/milter_connection.hpp"
#include "smtp/proxy_protocol.hpp"

namespace postern::gate {
namespace {

bool holds(const PrefixTable& table, IpAddress address) {
  return !table.find(address).empty();
}

}  // namespace

Connection::Connection(Worker& worker, Socket socket, const IpEndpoint& peer)
    : worker_(worker),
      config_(worker.config),
      wire_(worker.deadlines, std::move(socket)),
      session_(config_->session),
      clocks_(config_->times, worker.deadlines.now()),
      sign_in_(worker.hops),
      peer_(peer.address),
      place_(worker.connections.size()) {
  worker_.connections.push_back(this);
  smtp::ClientAttributes client;
  client.address = peer.address;
  client.port = peer.port;
  session_.set_client(std::move(client), holds(config_->xclient_peers, peer.address));
}

Connection::~Connection() {
  if (admitted_) {
    worker_.shared.admission.leave(*admitted_);
    worker_.shared.metrics.sessions_open.add(-1);
  }
  worker_.connections[place_] = worker_.connections.back();
  worker_.connections[place_]->place_ = place_;
  worker_.connections.pop_back();
  worker_.buffers.give_back(std::move(block_));
}

LogLine Connection::line(std::string_view event, Weight weight) const {
  return session_line(event, session_, transaction_ ? transaction_->id() : std::string{}, weight);
}

void Connection::drain() {
  // Whoever has begun a message keeps going, until it was told what became of it; talk() looks
  // again after it. A client that stops before DATA would hold the gate up for nothing.
  if (greeting_ != nullptr) greeting_->cancel();
  if (session_.idle() && !owes_outcome_) wire_.call_off();
}

Awaitable<bool> Connection::flush() {
  if (output_.empty()) co_return true;
  const bool written = co_await wire_.write(output_, wire_.within(config_->times.command));
  owes_outcome_ = false;
  if (output_.capacity() > 1024) {
    output_ = {};
  } else {
    output_.clear();
  }
  co_return written;
}

Awaitable<void> Connection::run() {
  const bool opened = co_await open();
  if (opened) co_await talk();
  end_transaction();
  say_farewell();
}

void Connection::say_farewell() {
  if (wire_.end() == Wire::End::expired && worker_.draining) {
    session_.give_up("4.3.2", "Shutting down", output_);
  } else if (wire_.end() == Wire::End::expired) {
    session_.give_up("4.4.2", "Timeout, closing the connection", output_);
    worker_.shared.metrics.sessions_timed_out.add();
    worker_.shared.log.write(line("timeout"));
  }
  if (admitted_ && worker_.shared.log.takes(Weight::session)) {
    worker_.shared.log.write(line("session", Weight::session)
                                 .add_if("tls", hop_.tls_version)
                                 .add("signed_in", session_.authenticated()));
  }
  wire_.forgive();
  if (!session_.fault().empty()) {
    worker_.shared.metrics.protocol_faults.add();
    worker_.shared.log.write(line("protocol_fault").add("why", session_.fault()));
  }
  wire_.write_if_possible(output_);
}

// From the first octet to the greeting. False: to be closed after the output.
Awaitable<bool> Connection::open() {
  if (holds(config_->proxy_peers, peer_)) {
    const bool told = co_await read_proxy_header();
    if (!told) co_return false;
  }
  if (!enter()) co_return false;
  const bool greeted = co_await greet();
  if (!greeted) co_return false;  // say_farewell() logs why
  co_return co_await flush();
}

// Whether the client may have a session.
bool Connection::enter() {
  const IpAddress client = session_.client().address.value_or(peer_);
  Metrics& metrics = worker_.shared.metrics;
  const Admission::Answer answer = worker_.shared.admission.enter(client, now());
  if (answer == Admission::Answer::admitted) {
    admitted_ = client;
    metrics.sessions.add();
    metrics.sessions_open.add(1);
    return true;
  }
  const bool full = answer == Admission::Answer::full;
  metrics.sessions_turned_away.add();
  worker_.shared.log.write(
      line("turned_away")
          .add("why", full ? "too many connections" : "too many connections of one client"));
  const std::string& host = config_->session.host_name;
  session_.refuse(full ? smtp::Reply{421, "4.3.2", host + " Too busy, try again later"}
                       : smtp::Reply{421, "4.7.0", host + " Too many connections from you"},
                  output_);
  return false;
}

// False where there is none. Who only looks whether the port is open has done nothing wrong.
Awaitable<bool> Connection::read_proxy_header() {
  const Wire::Until until = wire_.within(config_->times.handshake);
  block_ = worker_.buffers.take();
  std::size_t have = 0;
  for (;;) {
    const std::size_t got =
        co_await wire_.read({block_.get() + have, smtp::longest_proxy_header - have}, until);
    if (got == 0 && have == 0 && wire_.end() == Wire::End::closed) co_return false;
    if (worker_.draining && wire_.end() == Wire::End::expired) co_return false;
    have += got;
    const smtp::ProxyParse parse = smtp::parse_proxy_header({block_.get(), have});
    if (got == 0 || parse.status == smtp::ProxyParse::Status::bad ||
        (parse.status == smtp::ProxyParse::Status::more && have >= smtp::longest_proxy_header)) {
      worker_.shared.metrics.protocol_faults.add();
      worker_.shared.log.write(line("protocol_fault").add("why", "no PROXY header"));
      co_return false;
    }
    if (parse.status == smtp::ProxyParse::Status::more) continue;
    if (parse.header.source) {
      smtp::ClientAttributes client;
      client.address = parse.header.source;
      client.port = parse.header.source_port;
      session_.set_client(std::move(client), holds(config_->xclient_peers, *parse.header.source));
    }
    input_ = {block_.get() + parse.length, have - parse.length};
    co_return true;
  }
}

Awaitable<bool> Connection::greet() {
  bool early = !input_.empty();
  if (!early && config_->times.greeting_delay.count() > 0) {
    asio::steady_timer timer(worker_.loop, config_->times.greeting_delay);
    greeting_ = &timer;
    co_await timer.async_wait(awaiting);
    greeting_ = nullptr;
  }
  if (worker_.draining) {
    session_.give_up("4.3.2", "Shutting down", output_);
    co_return false;
  }
  early = early || wire_.input() == Wire::Input::octets;
  co_return session_.greet(early ? "?" : "", output_);
}

// Reads without a block of memory where it can: an idle client has only room for a command line,
// which is what comes next as a rule.
Awaitable<std::size_t> Connection::read(Wire::Until until) {
  if (wire_.is_drained()) {
    const std::size_t got = co_await wire_.receive(command_, until);
    input_ = {command_.data(), got};
    co_return got;
  }
  const bool there = co_await wire_.readable(until);
  if (!there) co_return 0;
  block_ = worker_.buffers.take();
  const std::size_t got = co_await wire_.read({block_.get(), Buffers::block_size}, until);
  input_ = {block_.get(), got};
  co_return got;
}

// Says what there is to say, and waits for the client. False: the session is over.
Awaitable<bool> Connection::hear() {
  worker_.buffers.give_back(std::move(block_));
  const bool said = co_await flush();
  if (!said) co_return false;
  if (worker_.draining && session_.idle()) {
    session_.give_up("4.3.2", "Shutting down", output_);
    co_return false;
  }
  const std::size_t got = co_await read(clocks_.wait(now(), session_.half_line()));
  clocks_.heard(now());
  co_return got > 0;
}

Awaitable<void> Connection::talk() {
  using Kind = smtp::ServerSession::Kind;
  for (;;) {
    const Event event = session_.next(input_, output_);
    switch (event.kind) {
      case Kind::input: {
        const bool heard = co_await hear();
        if (!heard) co_return;
        break;
      }
      case Kind::start_tls: {
        const bool encrypted = co_await start_tls();
        if (!encrypted) co_return;
        break;
      }
      case Kind::auth:
        co_await on_auth(true);
        break;
      case Kind::auth_line:
        co_await on_auth(false);
        break;
      case Kind::signed_out:
        sign_in_.drop();
        break;
      case Kind::mail:
        on_mail();
        break;
      case Kind::rcpt:
        co_await on_recipient();
        break;
      case Kind::data:
        co_await on_data();
        break;
      case Kind::body:
        co_await transaction_->body(event);
        break;
      case Kind::message:
        co_await on_message();
        break;
      case Kind::abandoned:
        end_transaction();
        break;
      case Kind::close:
        co_return;
    }
  }
}

Awaitable<bool> Connection::start_tls() {
  const bool flushed = co_await flush();
  if (!flushed) co_return false;
  const bool encrypted =
      co_await wire_.accept_tls(*config_->tls, wire_.within(config_->times.handshake));
  if (!encrypted) {
    worker_.shared.metrics.tls_failures.add();
    worker_.shared.log.write(line("tls_failed").add("why", wire_.fault()));
    co_return false;
  }
  hop_ = HopFacts::of(wire_.tls());
  worker_.shared.metrics.tls_handshakes.add();
  session_.tls_started();
  co_return true;
}

Awaitable<void> Connection::on_auth(bool first) {
  const auto config = worker_.config;
  smtp::Reply reply;
  if (first) {
    reply = co_await sign_in_.begin(config->routes, config->hops, session_.text());
  } else {
    reply = co_await sign_in_.go_on(session_.text());
  }
  if (!sign_in_.fault().empty()) {
    worker_.shared.log.write(line("next_hop_failed", Weight::fault).add("why", sign_in_.fault()));
  } else if (!reply.intermediate()) {
    worker_.shared.log.write(line("auth").add("ok", sign_in_.connection() != nullptr));
  }
  answer(reply);
}

void Connection::on_mail() {
  if (sign_in_.is_lost()) {
    // What the client signed in to is gone, and its mail would go on as anybody's.
    answer({421, "4.7.0", "The next mail server was lost, connect and sign in again"});
    return;
  }
  const IpAddress client = session_.client().address.value_or(peer_);
  if (!worker_.shared.admission.message(client, now())) {
    answer({450, "4.7.1", "Too many messages from you, try again later"});
    return;
  }
  transaction_ = std::make_unique<Transaction>(worker_, session_, hop_, sign_in_);
  clocks_.envelope_begins();
  answer({250, "2.1.0", "OK"});
}

Awaitable<void> Connection::on_recipient() {
  const smtp::Reply reply = co_await transaction_->recipient();
  answer(reply);
}

Awaitable<void> Connection::on_data() {
  const smtp::Reply reply = co_await transaction_->data();
  if (reply.intermediate()) clocks_.message_begins();
  answer(reply);
}

Awaitable<void> Connection::on_message() {
  const smtp::Reply reply = co_await transaction_->message();
  owes_outcome_ = true;
  end_transaction();
  answer(reply);
}

// One way or the other.
void Connection::end_transaction() {
  transaction_.reset();
  clocks_.transaction_ends();
}

Awaitable<void> serve(Worker& worker, Socket socket, Socket::endpoint_type endpoint) {
  const IpEndpoint peer =
      endpoint_of(endpoint.data(), static_cast<socklen_t>(endpoint.size())).value_or(IpEndpoint{});
  Connection connection(worker, std::move(socket), peer);
  co_await connection.run();
}

void drain(Worker& worker) {
  worker.draining = true;
  for (Connection* connection : worker.connections)
    connection->drain();
  drain_milters(worker);
}

}  // namespace postern::gate
