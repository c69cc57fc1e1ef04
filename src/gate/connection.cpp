#include "gate/connection.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <openssl/ssl.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/socket_address.hpp"
#include "gate/await_results.hpp"
#include "gate/awaiting.hpp"
#include "gate/maildir.hpp"
#include "gate/received_field.hpp"
#include "smtp/message_octets.hpp"
#include "smtp/proxy_protocol.hpp"

namespace postern::gate {
namespace {

using smtp::Reply;

bool holds(const PrefixTable& table, IpAddress address) {
  return !table.find(address).empty();
}

}  // namespace

// A transaction under way. It begins under the newest settings and ends under them.
struct Connection::Open {
  std::shared_ptr<const GateConfig> config;
  std::string id;
  std::optional<judge::Hearing> hearing;
  std::unique_ptr<Delivery> delivery;
  const Route* route = nullptr;
  smtp::StuffedOctets incoming;  // the header, until it is complete
  smtp::MessageOctets header;    // then: as the next hop will read it
  std::unique_ptr<Hold> held;    // the whole message, where it is judged before it goes on
  bool header_done = false;
  bool hold_failed = false;
  bool refused = false;                         // by the judge, after the message
  std::unique_ptr<Authenticator::Check> check;  // of the held message, while it comes
  smtp::Unstuffer unstuffer;
};

Connection::Connection(Worker& worker, Socket socket, IpAddress peer, std::uint16_t port)
    : worker_(worker),
      config_(worker.config),
      wire_(worker.deadlines, std::move(socket)),
      session_(config_->session),
      peer_(peer),
      session_end_(Clock::now() + config_->times.session),
      place_(worker.connections.size()) {
  worker_.connections.push_back(this);
  smtp::ClientAttributes client;
  client.address = peer;
  client.port = port;
  session_.set_client(std::move(client), holds(config_->xclient_peers, peer));
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

LogLine Connection::line(std::string_view event) const {
  LogLine line(event);
  line.add("client", session_.client().address ? session_.client().address->text() : "unknown");
  line.add_if("helo", session_.helo());
  if (open_) line.add("id", open_->id);
  return line;
}

void Connection::drain() {
  // Whoever has a message under way keeps going; talk() looks again after it.
  if (session_.idle()) wire_.expire();
}

Awaitable<bool> Connection::flush() {
  if (output_.empty()) co_return true;
  const bool written = co_await wire_.write(output_);
  if (output_.capacity() > 1024) {
    output_ = {};
  } else {
    output_.clear();
  }
  co_return written;
}

void Connection::set_deadline() {
  const auto now = Clock::now();
  auto at = std::min(session_end_,
                     now + (session_.in_message() ? config_->times.block : config_->times.command));
  // A message, or a command line, may not trickle in for ever.
  message_end_ =
      session_.idle() ? Clock::time_point::max()
      : message_end_ == Clock::time_point::max()
          ? now + (session_.in_message() ? config_->times.message : 2 * config_->times.command)
          : message_end_;
  wire_.set_deadline(std::min(at, message_end_));
}

Awaitable<void> Connection::run() {
  const bool opened = co_await open();
  if (opened) co_await talk();
  abandon();
  if (wire_.end() == Wire::End::expired && worker_.draining) {
    wire_.forgive();
    session_.give_up("4.3.2", "Shutting down", output_);
  } else if (wire_.end() == Wire::End::expired) {
    wire_.forgive();
    session_.give_up("4.4.2", "Timeout, closing the connection", output_);
    worker_.shared.metrics.sessions_timed_out.add();
    worker_.shared.log.write(line("timeout"));
  }
  if (!session_.fault().empty()) {
    worker_.shared.metrics.protocol_faults.add();
    worker_.shared.log.write(line("protocol_fault").add("why", session_.fault()));
  }
  wire_.write_if_possible(output_);
}

// From the first octet to the greeting. False: to be closed after the output.
Awaitable<bool> Connection::open() {
  if (holds(config_->proxy_peers, peer_) && !co_await read_proxy_header()) {
    worker_.shared.log.write(line("protocol_fault").add("why", "no PROXY header"));
    co_return false;
  }
  const IpAddress client = session_.client().address.value_or(peer_);
  Metrics& metrics = worker_.shared.metrics;
  switch (worker_.shared.admission.enter(client, Clock::now())) {
    case Admission::Answer::admitted:
      admitted_ = client;
      metrics.sessions.add();
      metrics.sessions_open.add(1);
      break;
    case Admission::Answer::full:
      metrics.sessions_turned_away.add();
      worker_.shared.log.write(line("turned_away").add("why", "too many connections"));
      session_.refuse({421, "4.3.2", config_->session.host_name + " Too busy, try again later"},
                      output_);
      co_return false;
    case Admission::Answer::too_many:
    case Admission::Answer::too_fast:
      metrics.sessions_turned_away.add();
      worker_.shared.log.write(
          line("turned_away").add("why", "too many connections of one client"));
      session_.refuse({421, "4.7.0", config_->session.host_name + " Too many connections from you"},
                      output_);
      co_return false;
  }
  const bool greeted = co_await wait_before_greeting();
  if (!greeted) co_return false;  // run() logs why
  co_return co_await flush();
}

Awaitable<bool> Connection::read_proxy_header() {
  wire_.set_deadline(config_->times.handshake);
  block_ = worker_.buffers.take();
  std::size_t have = 0;
  for (;;) {
    const std::size_t got =
        co_await wire_.read({block_.get() + have, smtp::longest_proxy_header - have});
    if (got == 0) co_return false;
    have += got;
    const smtp::ProxyParse parse = smtp::parse_proxy_header({block_.get(), have});
    if (parse.status == smtp::ProxyParse::Status::bad) co_return false;
    if (parse.status == smtp::ProxyParse::Status::more) {
      if (have >= smtp::longest_proxy_header) co_return false;
      continue;
    }
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

Awaitable<bool> Connection::wait_before_greeting() {
  bool early = !input_.empty();
  if (!early && config_->times.greeting_delay.count() > 0) {
    asio::steady_timer timer(worker_.loop, config_->times.greeting_delay);
    co_await timer.async_wait(awaiting);
  }
  early = early || wire_.has_input();
  co_return session_.greet(early ? "?" : "", output_);
}

// Waits for input without a block of memory to read into: an idle client has only room for a
// command line, which is what comes next as a rule.
Awaitable<bool> Connection::read_more() {
  if (wire_.is_drained()) {
    const std::size_t got = co_await wire_.receive(command_);
    input_ = {command_.data(), got};
    co_return got > 0;
  }
  const bool there = co_await wire_.readable();
  if (!there) co_return false;
  block_ = worker_.buffers.take();
  const std::size_t got = co_await wire_.read({block_.get(), Buffers::block_size});
  input_ = {block_.get(), got};
  co_return got > 0;
}

Awaitable<void> Connection::talk() {
  using Kind = smtp::ServerSession::Kind;
  for (;;) {
    const Event event = session_.next(input_, output_);
    switch (event.kind) {
      case Kind::input: {
        worker_.buffers.give_back(std::move(block_));
        if (!co_await flush()) co_return;
        if (worker_.draining && session_.idle()) {
          session_.give_up("4.3.2", "Shutting down", output_);
          co_return;
        }
        set_deadline();
        const bool more = co_await read_more();
        if (!more) co_return;
        break;
      }
      case Kind::start_tls:
        if (!co_await start_tls()) co_return;
        break;
      case Kind::auth:
        co_await on_auth(session_.text(), true);
        break;
      case Kind::auth_line:
        co_await on_auth(session_.text(), false);
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
        co_await on_body(event);
        break;
      case Kind::message:
        co_await on_message();
        break;
      case Kind::abandoned:
        abandon();
        break;
      case Kind::close:
        co_return;
    }
  }
}

Awaitable<bool> Connection::start_tls() {
  const bool flushed = co_await flush();
  if (!flushed) co_return false;
  wire_.set_deadline(config_->times.handshake);
  const bool encrypted = co_await wire_.accept_tls(*config_->tls);
  if (!encrypted) {
    worker_.shared.metrics.tls_failures.add();
    worker_.shared.log.write(line("tls_failed").add("why", wire_.fault()));
    co_return false;
  }
  certificate_ = std::make_unique<PeerCertificate>(peer_certificate(wire_.tls()));
  worker_.shared.metrics.tls_handshakes.add();
  session_.tls_started();
  co_return true;
}

// Passed on to the next hop of the wildcard route, which alone can tell.
Awaitable<void> Connection::on_auth(std::string_view text, bool first) {
  const Reply unavailable{454, "4.7.0", "Temporary authentication failure"};
  const auto config = worker_.config;
  if (first) {
    personal_.reset();
    const Route* route = config->routes->find("*");
    if (route == nullptr || route->hops.empty()) {
      answer(unavailable);
      co_return;
    }
    auto opened = co_await worker_.hops.open(*route, *config->hops, true);
    if (!opened.connection) {
      worker_.shared.log.write(line("next_hop_failed").add("why", opened.fault));
      answer(unavailable);
      co_return;
    }
    personal_ = std::move(opened.connection);
  }
  if (!personal_ ||
      !personal_->session.command(smtp::Stage::auth, (first ? "AUTH " : "") + std::string(text))) {
    answer({501, "5.5.2", "Bad response"});
    co_return;
  }
  const auto event = co_await personal_->reply(config->hops->command);
  const bool answered = event.kind == smtp::ClientSession::Kind::reply;
  if (!answered || !event.reply.intermediate()) {
    personal_->signed_in = answered && event.reply.positive();
    if (!personal_->signed_in) personal_.reset();
    worker_.shared.log.write(line("auth").add("ok", personal_ != nullptr));
  }
  answer(answered ? for_client(event.reply) : unavailable);
}

// What the session has come to be; XCLIENT, STARTTLS and AUTH may change it between transactions.
judge::SessionFacts& Connection::facts() {
  if (!facts_) facts_ = std::make_unique<judge::SessionFacts>();
  facts_->client = session_.client().address;
  facts_->helo = session_.helo();
  facts_->authenticated = session_.authenticated() ? policy::Known::yes : policy::Known::no;
  facts_->tls = session_.tls() ? policy::Known::yes : policy::Known::no;
  if (session_.tls() && facts_->tls_version.empty()) {
    facts_->tls_version = tls_version(wire_.tls());
  }
  if (certificate_ && certificate_->presented) {
    facts_->certificate = policy::ClientCertificate::State::presented;
    facts_->certificate_trusted = certificate_->trusted;
    facts_->common_name = certificate_->common_name;
    facts_->alternative_names = certificate_->alternative_names;
  }
  return *facts_;
}

void Connection::log_refusal(const Reply& reply, std::string_view reason) {
  if (!worker_.shared.log.is_on()) return;
  worker_.shared.log.write(line("refused")
                               .add("from", session_.transaction().mail.wire())
                               .add("to", session_.recipient().text)
                               .add("reason", reason)
                               .add("reply", reply.line()));
}

void Connection::on_mail() {
  const IpAddress client = session_.client().address.value_or(peer_);
  if (!worker_.shared.admission.message(client, Clock::now())) {
    answer({450, "4.7.1", "Too many messages from you, try again later"});
    return;
  }
  open_ = std::make_unique<Open>();
  open_->config = worker_.config;
  open_->id =
      fmt::format("{:x}.{:x}.{:x}", worker_.shared.now(), worker_.number, ++worker_.transactions);
  const smtp::MailFrom& mail = session_.transaction().mail;
  open_->hearing.emplace(open_->config->judge, facts(),
                         judge::Sender{mail.path.null, mail.path.address}, worker_.shared.now(),
                         open_->id);
  answer({250, "2.1.0", "OK"});
}

Awaitable<void> Connection::on_recipient() {
  const message::Address& recipient = session_.recipient();
  const auto begun = Clock::now();
  const judge::RecipientAnswer ruling = open_->hearing->recipient(recipient);
  worker_.shared.metrics.recipients.add();
  worker_.shared.metrics.verdict_latency.observe(Clock::now() - begun);
  if (ruling.action != judge::Action::accept) {
    if (!ruling.split) log_refusal(ruling.reply, policy::name_of(ruling.reason));
    answer(ruling.reply);
    co_return;
  }
  const Route* route = open_->config->routes->find(recipient.domain);
  if (route == nullptr) {
    open_->hearing->withdraw_last();
    answer({550, "5.7.1", "No mail for that domain here"});
    co_return;
  }
  const bool first = session_.transaction().recipients.empty();
  if (first && route != open_->route) {
    open_->delivery.reset();
    open_->route = route;
  }
  if (route != open_->route) {
    // One message has one outcome; what goes another way goes in another transaction (RFC 5321,
    // 4.5.3.1.10: the client sends it at once).
    open_->hearing->withdraw_last();
    answer({452, "4.5.3", "That recipient needs a message of its own, send again"});
    co_return;
  }
  if (!open_->delivery) {
    const smtp::MailFrom& mail = session_.transaction().mail;
    open_->delivery = route->maildir.empty()
                          ? relay(worker_.hops, open_->config->hops, open_->config->routes, *route,
                                  session_.client(), mail, &personal_)
                          : maildir_delivery(route->maildir, mail, worker_.shared.now(),
                                             worker_.number * (1ull << 40) + worker_.transactions);
  }
  Reply reply = co_await open_->delivery->recipient(recipient);
  if (!reply.positive()) {
    open_->hearing->withdraw_last();
    if (reply.transient()) worker_.shared.metrics.next_hop_failures.add();
    worker_.shared.log.write(line("recipient_refused")
                                 .add("by", open_->delivery->name())
                                 .add("from", session_.transaction().mail.wire())
                                 .add("to", recipient.text)
                                 .add("reply", reply.line()));
  }
  answer(reply);
}

Awaitable<void> Connection::on_data() {
  if (open_->hearing->needs_verdict() || open_->hearing->needs_authentication()) {
    // Nothing goes on before the judge has seen it.
    open_->held = std::make_unique<Hold>(open_->config->hold_memory, open_->config->hold_folder);
    answer({354, "", "End data with <CR><LF>.<CR><LF>"});
    co_return;
  }
  const Reply reply = co_await open_->delivery->begin();
  answer(reply);
}

// What the gate adds to every message.
std::string Connection::own_fields() const {
  const smtp::Transaction& transaction = session_.transaction();
  ReceivedFacts received;
  received.client = &session_.client();
  received.by = config_->session.host_name;
  received.id = open_->id;
  if (transaction.recipients.size() == 1) {
    received.recipient = transaction.recipients.front().text;
  }
  std::string version;
  std::string cipher;
  if (wire_.tls() != nullptr) {
    version = tls_version(wire_.tls());
    cipher = tls_cipher(wire_.tls());
  }
  received.tls_version = version;
  received.tls_cipher = cipher;
  received.authenticated = session_.authenticated();
  received.smtputf8 = transaction.mail.smtputf8;
  received.time = worker_.shared.now();
  return received_field(received);
}

// The header with the gate's own fields on top and the judge's changes, as it goes into DATA.
std::string Connection::edited(const judge::MessageAnswer& answer) {
  std::string out = own_fields();
  if (answer.edits.empty()) return out + open_->header.stuffed();
  return out +
         edited_header(open_->header, judge::whole_header(open_->header), answer.edits).stuffed();
}

void Connection::complete_header() {
  open_->header_done = true;
  open_->header = std::move(open_->incoming).take();
}

// The header is complete, and nothing hangs on the rest of the message.
Awaitable<bool> Connection::pass_on_header() {
  complete_header();
  judge::MessageAnswer answer;
  if (open_->hearing->needs_header()) {
    answer = open_->hearing->message(judge::whole_header(open_->header), nullptr);
  }
  const std::string header = edited(answer);
  open_->header = {};
  co_return co_await open_->delivery->write(header);
}

Awaitable<void> Connection::on_body(const Event& event) {
  Open& open = *open_;
  if (!open.header_done) {
    open.incoming.append(event.held);
    open.incoming.append(event.text);
    if (!event.header_end) co_return;
    if (open.held) {
      complete_header();
      begin_check();
    } else {
      co_await pass_on_header();
    }
    co_return;
  }
  if (open.held) {
    hold(event.held);
    hold(event.text);
    co_return;
  }
  // A failure is told at the end of the message.
  if (!event.held.empty()) co_await open.delivery->write(event.held);
  co_await open.delivery->write(event.text);
}

void Connection::hold(std::string_view octets) {
  Open& open = *open_;
  open.hold_failed = open.hold_failed || !open.held->append(octets);
  if (!open.check || octets.empty()) return;
  std::string plain;
  open.unstuffer.feed(octets, plain);
  open.check->add_body(plain);
}

// The header of a held message is there: SPF, DKIM and the rest begin, where they matter.
void Connection::begin_check() {
  Open& open = *open_;
  if (!worker_.authenticator) return;
  if (!open.hearing->needs_authentication(judge::whole_header(open.header))) return;
  const judge::Settings& settings = open.config->judge->settings();
  const message::Path& sender = session_.transaction().mail.path;
  open.check = worker_.authenticator->begin(
      {facts_->client, facts_->helo, sender.null ? std::string{} : sender.address.text},
      open.header.view(), worker_.shared.now(), check_options(settings));
}

// Waits for the answers of DNS.
Awaitable<std::optional<auth::MessageAuthentication>> Connection::finish_check() {
  Open& open = *open_;
  if (!open.check) co_return std::nullopt;
  co_return co_await await_results(worker_.loop, *open.check);
}

// A held message: judged, then passed on whole.
Awaitable<Reply> Connection::pass_on_held() {
  Open& open = *open_;
  if (open.hold_failed) co_return Reply{452, "4.3.1", "No room to hold the message"};
  if (!open.header_done) {
    complete_header();
    begin_check();
  }
  const auto results = co_await finish_check();
  const judge::MessageAnswer ruling =
      open.hearing->message(judge::whole_header(open.header), results ? &*results : nullptr);
  if (ruling.action != judge::Action::accept) {
    worker_.shared.log.write(line("refused")
                                 .add("from", session_.transaction().mail.wire())
                                 .add("reason", ruling.why)
                                 .add("reply", ruling.reply.line()));
    open.refused = true;
    co_return ruling.reply;
  }
  const Reply begun = co_await open.delivery->begin();
  if (!begun.intermediate()) co_return begun;
  const std::string header = edited(ruling);
  bool going = co_await open.delivery->write(header);
  Buffers::Block block = worker_.buffers.take();
  for (std::size_t at = 0; going && at < open.held->size();) {
    const std::size_t got = open.held->read(at, {block.get(), Buffers::block_size});
    // Half a message must not look like a whole one.
    if (got == 0) {
      worker_.buffers.give_back(std::move(block));
      open.delivery->abandon();
      co_return Reply{451, "4.3.0", "The held message can't be read"};
    }
    going = co_await open.delivery->write({block.get(), got});
    at += got;
  }
  worker_.buffers.give_back(std::move(block));
  co_return co_await open.delivery->finish();
}

Awaitable<void> Connection::on_message() {
  const auto begun = Clock::now();
  Reply reply;
  if (open_->held) {
    reply = co_await pass_on_held();
  } else {
    if (!open_->header_done) co_await pass_on_header();
    reply = co_await open_->delivery->finish();
  }
  const smtp::Transaction& transaction = session_.transaction();
  Metrics& metrics = worker_.shared.metrics;
  metrics.message_latency.observe(Clock::now() - begun);
  if (!open_->refused) {
    (reply.positive() ? metrics.messages : metrics.messages_not_taken).add();
  }
  if (!open_->refused && worker_.shared.log.is_on()) {
    worker_.shared.log.write(
        line(reply.positive() ? "passed_on" : "not_taken")
            .add("by", open_->delivery->name())
            .add("from", transaction.mail.wire())
            .add("recipients", static_cast<std::int64_t>(transaction.recipients.size()))
            .add("size", static_cast<std::int64_t>(session_.message_size()))
            .add("reply", reply.line()));
  }
  abandon();
  answer(reply);
}

// The transaction is over, one way or the other.
void Connection::abandon() {
  if (!open_) return;
  std::vector<ledger::Record> records = open_->hearing->take_records();
  for (const ledger::Record& record : records)
    worker_.shared.metrics.count(record);
  if (worker_.shared.keep && !records.empty()) worker_.shared.keep(std::move(records));
  open_.reset();
}

Awaitable<void> serve(Worker& worker, Socket socket, Socket::endpoint_type endpoint) {
  const IpEndpoint peer =
      endpoint_of(endpoint.data(), static_cast<socklen_t>(endpoint.size())).value_or(IpEndpoint{});
  Connection connection(worker, std::move(socket), peer.address, peer.port);
  co_await connection.run();
}

void drain(Worker& worker) {
  worker.draining = true;
  for (Connection* connection : worker.connections)
    connection->drain();
}

}  // namespace postern::gate
