#include "probe/session.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::probe {
namespace {

using smtp::ClientSession;
using smtp::Stage;

class Asking {
 public:
  Asking(const Envelope& envelope, Wire& wire, const SessionOptions& options)
      : wire_(wire),
        options_(options),
        session_({options.helo_name, false, smtp::ClientOptions::Tls::if_offered}) {
    out_.envelope = envelope;
  }

  Observation run() {
    while (!done_) {
      const ClientSession::Event event = session_.next(input_);
      switch (event.kind) {
        case ClientSession::Kind::need_input:
          if (flush()) read();
          break;
        case ClientSession::Kind::start_tls:
          shake_hands();
          break;
        case ClientSession::Kind::ready:
          session_.mail(fmt::format("<{}>", out_.envelope.reverse_path), {});
          break;
        case ClientSession::Kind::reply:
          take(event);
          break;
        case ClientSession::Kind::failed:
          fail_at(event.stage, event.what, event.reply);
          break;
      }
    }
    return std::move(out_);
  }

 private:
  bool flush() {
    if (session_.output().empty()) return true;
    const auto written = wire_.write(session_.output());
    session_.output().clear();
    if (!written) fault(written.error().what);
    return !done_;
  }

  void read() {
    auto bytes = wire_.read();
    if (!bytes) return fault(bytes.error().what);
    if (bytes->empty()) return fault("the host closed the connection");
    buffer_ = std::move(*bytes);
    input_ = buffer_;
  }

  void shake_hands() {
    // What came in clear behind the reply to STARTTLS is not the server's (CVE-2011-0411).
    if (!input_.empty()) return fault("the host sent data between STARTTLS and the handshake");
    const auto version = wire_.start_tls();
    if (!version) return fault(version.error().what);
    out_.tls = true;
    out_.tls_version = *version;
    session_.tls_started();
  }

  void fault(std::string_view what) {
    // After the decisive reply nothing that goes wrong matters any more.
    if (!out_.answered) {
      out_.fault = printable(what);
      out_.stage = session_.waiting_for();
    }
    done_ = true;
  }

  void fail_at(Stage stage, std::string_view what, const smtp::Reply& reply) {
    if (out_.answered) {
      done_ = true;
    } else if (reply.code != 0) {
      decide(stage, reply);
      done_ = true;
    } else {
      out_.fault = what;
      out_.stage = stage;
      done_ = true;
    }
  }

  void decide(Stage stage, const smtp::Reply& reply) {
    out_.answered = true;
    out_.stage = stage;
    out_.reply = reply;
    out_.meaning = meaning_of(stage, reply);
  }

  void take(const ClientSession::Event& event) {
    const bool good = meaning_of(event.stage, event.reply) == Meaning::accepted;
    switch (event.stage) {
      case Stage::mail:
        if (!good) return finish(event);
        session_.rcpt(fmt::format("<{}>", out_.envelope.recipient));
        return;
      case Stage::rcpt:
        if (!good || !options_.send) return finish(event);
        session_.data();
        return;
      case Stage::data:
        if (!event.reply.intermediate()) return finish(event);
        out_.id = options_.id;
        session_.output() += test_message(out_.envelope, options_.id, options_.now);
        session_.end_of_message();
        return;
      case Stage::message:
        return finish(event);
      case Stage::reset:
        session_.quit();
        return;
      default:
        done_ = true;
    }
  }

  // The reply that counts; then the session ends in good order, without content.
  void finish(const ClientSession::Event& event) {
    decide(event.stage, event.reply);
    if (event.stage == Stage::message || !session_.reset()) {
      if (!session_.quit()) done_ = true;
    }
  }

  Wire& wire_;
  const SessionOptions& options_;
  ClientSession session_;
  Observation out_;
  std::string buffer_;
  std::string_view input_;
  bool done_ = false;
};

}  // namespace

Observation ask(const Envelope& envelope, Wire& wire, const SessionOptions& options) {
  return Asking(envelope, wire, options).run();
}

}  // namespace postern::probe
