#include "gate/transaction.hpp"

#include <cstdint>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "gate/await_results.hpp"
#include "gate/maildir.hpp"
#include "gate/received_field.hpp"
#include "gate/relay.hpp"

namespace postern::gate {

using smtp::Reply;

LogLine session_line(std::string_view event, const smtp::ServerSession& session,
                     std::string_view id, Weight weight) {
  LogLine line(event, weight);
  line.add("client", session.client().address ? session.client().address->text() : "unknown");
  line.add_if("helo", session.helo());
  line.add_if("id", id);
  return line;
}

Transaction::Transaction(Worker& worker, const smtp::ServerSession& session, const HopFacts& hop,
                         SignIn& sign_in)
    : worker_(worker),
      session_(session),
      hop_(hop),
      sign_in_(sign_in),
      config_(worker.config),
      id_(fmt::format("{:x}.{:x}.{:x}", worker.shared.now(), worker.number, ++worker.transactions)),
      facts_(facts_of_client(session, hop)),
      hearing_(config_->judge, facts_,
               judge::Sender{session.transaction().mail.path.null,
                             session.transaction().mail.path.address},
               worker.shared.now(), id_) {}

Transaction::~Transaction() {
  std::vector<ledger::Record> records = hearing_.take_records();
  for (const ledger::Record& record : records)
    worker_.shared.metrics.count(record);
  if (worker_.shared.keep && !records.empty()) worker_.shared.keep(std::move(records));
}

LogLine Transaction::line(std::string_view event) const {
  return session_line(event, session_, id_);
}

void Transaction::log_refusal(const Reply& reply, std::string_view reason, bool of_recipient) {
  if (!worker_.shared.log.takes(Weight::outcome)) return;
  LogLine refused = line("refused");
  refused.add("from", session_.transaction().mail.wire());
  if (of_recipient) refused.add("to", session_.recipient().text);
  worker_.shared.log.write(refused.add("reason", reason).add("reply", reply.line()));
}

Awaitable<Reply> Transaction::recipient() {
  const message::Address& recipient = session_.recipient();
  const auto begun = Clock::now();
  const judge::RecipientAnswer ruling = hearing_.recipient(recipient);
  worker_.shared.metrics.recipients.add();
  worker_.shared.metrics.verdict_latency.observe(Clock::now() - begun);
  if (ruling.action != judge::Action::accept) {
    if (!ruling.split) log_refusal(ruling.reply, policy::name_of(ruling.reason), true);
    co_return ruling.reply;
  }
  const Route* route = config_->routes->find(recipient.domain);
  if (route == nullptr) {
    hearing_.withdraw_last();
    co_return Reply{550, "5.7.1", "No mail for that domain here"};
  }
  const bool first = session_.transaction().recipients.empty();
  if (first && route != route_) {
    delivery_.reset();
    route_ = route;
  }
  if (route != route_) {
    // One message has one outcome; what goes another way goes in another transaction (RFC 5321,
    // 4.5.3.1.10: the client sends it at once).
    hearing_.withdraw_last();
    co_return Reply{452, "4.5.3", "That recipient needs a message of its own, send again"};
  }
  if (!delivery_) {
    const smtp::MailFrom& mail = session_.transaction().mail;
    delivery_ = route->maildir.empty()
                    ? relay(worker_.hops, config_->hops, config_->routes, *route, session_.client(),
                            mail, sign_in_)
                    : maildir_delivery(route->maildir, mail, worker_.shared.now(),
                                       worker_.number * (1ull << 40) + worker_.transactions);
  }
  const Reply reply = co_await delivery_->recipient(recipient);
  if (!reply.positive()) {
    hearing_.withdraw_last();
    worker_.shared.log.write(line("recipient_refused")
                                 .add("by", delivery_->name())
                                 .add("from", session_.transaction().mail.wire())
                                 .add("to", recipient.text)
                                 .add("reply", reply.line()));
  }
  co_return reply;
}

Awaitable<Reply> Transaction::data() {
  if (hearing_.needs_verdict() || hearing_.needs_authentication()) {
    // Nothing goes on before the judge has seen it.
    held_ = std::make_unique<Hold>(config_->hold_memory, config_->hold_folder);
    co_return Reply{354, "", "End data with <CR><LF>.<CR><LF>"};
  }
  co_return co_await delivery_->begin();
}

// What the gate adds to every message.
std::string Transaction::own_fields() const {
  const smtp::Transaction& transaction = session_.transaction();
  ReceivedFacts received;
  received.client = &session_.client();
  received.by = config_->session.host_name;
  received.id = id_;
  if (transaction.recipients.size() == 1) {
    received.recipient = transaction.recipients.front().text;
  }
  // The field names the client; what a proxy that speaks for it uses is not the client's.
  if (!session_.is_spoken_for()) {
    received.tls_version = hop_.tls_version;
    received.tls_cipher = hop_.tls_cipher;
  }
  received.authenticated = session_.authenticated();
  received.smtputf8 = transaction.mail.smtputf8;
  received.time = worker_.shared.now();
  return received_field(received);
}

// The header with the gate's own fields on top and the judge's changes, as it goes into DATA.
std::string Transaction::edited(const judge::MessageAnswer& answer) const {
  std::string out = own_fields();
  if (answer.edits.empty()) return out + header_.stuffed();
  return out + judge::edited_header(header_, fields_, answer.edits).stuffed();
}

void Transaction::complete_header() {
  header_done_ = true;
  header_ = std::move(incoming_).take();
  if (held_ || hearing_.needs_header()) fields_ = judge::whole_header(header_);
}

// The header is complete, and nothing hangs on the rest of the message.
Awaitable<void> Transaction::pass_on_header() {
  complete_header();
  judge::MessageAnswer answer;
  if (hearing_.needs_header()) answer = hearing_.message(fields_, nullptr);
  const std::string header = edited(answer);
  fields_ = {};
  header_ = {};
  co_await delivery_->write(header);
}

Awaitable<void> Transaction::body(const smtp::ServerSession::Event& event) {
  if (!header_done_) {
    incoming_.append(event.held);
    incoming_.append(event.text);
    if (!event.header_end) co_return;
    if (held_) {
      complete_header();
      begin_check();
    } else {
      co_await pass_on_header();
    }
    co_return;
  }
  if (held_) {
    hold(event.held);
    hold(event.text);
    co_return;
  }
  // A failure is told at the end of the message.
  if (!event.held.empty()) co_await delivery_->write(event.held);
  co_await delivery_->write(event.text);
}

void Transaction::hold(std::string_view octets) {
  hold_failed_ = hold_failed_ || !held_->append(octets);
  if (!check_ || octets.empty()) return;
  std::string plain;
  unstuffer_.feed(octets, plain);
  check_->add_body(plain);
}

// The header of a held message is there: SPF, DKIM and the rest begin, where they matter.
void Transaction::begin_check() {
  if (!worker_.authenticator) return;
  if (!hearing_.needs_authentication(fields_)) return;
  const message::Path& sender = session_.transaction().mail.path;
  check_ = worker_.authenticator->begin(
      {facts_.client, facts_.helo, sender.null ? std::string{} : sender.address.text}, fields_,
      worker_.shared.now(), check_options(config_->judge->settings()));
}

// Waits for the answers of DNS.
Awaitable<std::optional<auth::MessageAuthentication>> Transaction::finish_check() {
  if (!check_) co_return std::nullopt;
  co_return co_await await_results(worker_.loop, *check_);
}

// A held message: judged, then passed on whole.
Awaitable<Reply> Transaction::pass_on_held() {
  if (hold_failed_) co_return Reply{452, "4.3.1", "No room to hold the message"};
  if (!header_done_) {
    complete_header();
    begin_check();
  }
  const auto results = co_await finish_check();
  const judge::MessageAnswer ruling = hearing_.message(fields_, results ? &*results : nullptr);
  if (ruling.action != judge::Action::accept) {
    log_refusal(ruling.reply, ruling.why, false);
    refused_ = true;
    co_return ruling.reply;
  }
  const Reply begun = co_await delivery_->begin();
  if (!begun.intermediate()) co_return begun;
  const std::string header = edited(ruling);
  const bool going = co_await delivery_->write(header);
  if (going && !co_await write_held()) {
    // Half a message must not look like a whole one.
    delivery_->abandon();
    co_return Reply{451, "4.3.0", "The held message can't be read"};
  }
  co_return co_await delivery_->finish();
}

// False where it can't be read. A delivery that fails tells it by itself.
Awaitable<bool> Transaction::write_held() {
  Buffers::Block block = worker_.buffers.take();
  bool whole = true;
  bool going = true;
  for (std::size_t at = 0; going && whole && at < held_->size();) {
    const std::size_t got = held_->read(at, {block.get(), Buffers::block_size});
    whole = got != 0;
    if (whole) going = co_await delivery_->write({block.get(), got});
    at += got;
  }
  worker_.buffers.give_back(std::move(block));
  co_return whole;
}

Awaitable<Reply> Transaction::message() {
  const auto begun = Clock::now();
  Reply reply;
  if (held_) {
    reply = co_await pass_on_held();
  } else {
    if (!header_done_) co_await pass_on_header();
    reply = co_await delivery_->finish();
  }
  Metrics& metrics = worker_.shared.metrics;
  metrics.message_latency.observe(Clock::now() - begun);
  if (!refused_) {
    (reply.positive() ? metrics.messages : metrics.messages_not_taken).add();
    log_outcome(reply);
  }
  co_return reply;
}

void Transaction::log_outcome(const Reply& reply) {
  if (!worker_.shared.log.takes(Weight::outcome)) return;
  const smtp::Transaction& transaction = session_.transaction();
  worker_.shared.log.write(
      line(reply.positive() ? "passed_on" : "not_taken")
          .add("by", delivery_->name())
          .add("from", transaction.mail.wire())
          .add("recipients", static_cast<std::int64_t>(transaction.recipients.size()))
          .add("size", static_cast<std::int64_t>(session_.message_size()))
          .add("reply", reply.line()));
}

}  // namespace postern::gate
