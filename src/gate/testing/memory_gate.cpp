#include "gate/testing/memory_gate.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "base/socket_address.hpp"
#include "gate/make_config.hpp"
#include "gate/milter_connection.hpp"
#include "judge/judge.hpp"

namespace postern::gate {
namespace {

constexpr UnixTime unix_now = 1'800'000'000;

// The clock of the test that runs in this thread.
thread_local Clock::time_point moved_clock;

Clock::time_point the_clock() {
  return moved_clock;
}

UnixTime the_time() {
  return unix_now;
}

[[noreturn]] void give_up(const char* what) {
  throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

void send_whole(int descriptor, std::string_view octets) {
  // What a closed peer does not take is for the test to notice.
  (void)::send(descriptor, octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

// Appends what is there. False: the peer has closed.
bool receive(int descriptor, std::string& into) {
  std::array<char, 65536> block;
  for (;;) {
    const ssize_t got = ::recv(descriptor, block.data(), block.size(), MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    if (got == 0) return false;
    into.append(block.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

// --- the hop ---

ScriptedHop::ScriptedHop(std::string path) : path_(std::move(path)) {
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 100) != 0) {
    give_up("the scripted hop can't listen");
  }
}

ScriptedHop::~ScriptedHop() {
  hang_up();
  ::close(listener_);
}

bool ScriptedHop::has_heard(std::string_view line) const {
  return std::find(heard.begin(), heard.end(), line) != heard.end();
}

void ScriptedHop::say(std::string_view octets) {
  if (!peers_.empty()) send_whole(peers_.back()->descriptor, octets);
}

void ScriptedHop::hang_up() {
  for (const auto& peer : peers_)
    ::close(peer->descriptor);
  peers_.clear();
}

bool ScriptedHop::turn() {
  bool progress = accept_one();
  for (const auto& peer : peers_)
    progress = read(*peer) || progress;
  std::erase_if(peers_, [](const auto& peer) {
    if (peer->gone) ::close(peer->descriptor);
    return peer->gone;
  });
  return progress;
}

bool ScriptedHop::accept_one() {
  const int taken = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (taken < 0) return false;
  ++taken_;
  Peer& peer = *peers_.emplace_back(std::make_unique<Peer>());
  peer.descriptor = taken;
  answer(peer, smtp::Stage::greeting, "220 hop.example ESMTP");
  return true;
}

bool ScriptedHop::read(Peer& peer) {
  const std::size_t before = peer.input.size();
  peer.gone = !receive(peer.descriptor, peer.input) || peer.gone;
  const bool progress = peer.gone || peer.input.size() != before;
  for (std::size_t end = peer.input.find("\r\n"); end != std::string::npos;
       end = peer.input.find("\r\n")) {
    const std::string line = peer.input.substr(0, end);
    peer.input.erase(0, end + 2);
    if (peer.mode == Mode::message) {
      take_message_line(peer, line);
    } else {
      hear(peer, line);
    }
  }
  return progress;
}

void ScriptedHop::answer(Peer& peer, smtp::Stage stage, const std::string& usual) {
  const auto found = script.find(stage);
  if (found == script.end()) {
    send_whole(peer.descriptor, usual + "\r\n");
    return;
  }
  send_whole(peer.descriptor, found->second.says);
  peer.gone = peer.gone || found->second.hangs_up;
  if (found->second.once) script.erase(found);
}

void ScriptedHop::take_message_line(Peer& peer, const std::string& line) {
  if (line != ".") {
    peer.message += line + "\r\n";
    return;
  }
  heard.emplace_back(".");
  peer.mode = Mode::command;
  const auto found = script.find(smtp::Stage::message);
  if (found == script.end() || found->second.says.starts_with('2')) {
    messages.push_back(std::exchange(peer.message, {}));
  }
  peer.message.clear();
  answer(peer, smtp::Stage::message, "250 2.0.0 taken");
}

void ScriptedHop::on_ehlo(Peer& peer) {
  std::string usual;
  for (const std::string& each : extensions)
    usual += "\r\n250-" + each;
  const std::size_t last = usual.rfind("250-");
  if (last != std::string::npos) usual[last + 3] = ' ';
  answer(peer, smtp::Stage::hello,
         std::string(extensions.empty() ? "250 " : "250-") + "hop.example" + usual);
}

void ScriptedHop::hear(Peer& peer, const std::string& line) {
  heard.push_back(line);
  if (peer.mode == Mode::auth) {
    peer.mode = Mode::command;
    answer(peer, smtp::Stage::auth, "235 2.7.0 welcome");
  } else if (line.starts_with("EHLO") || line.starts_with("LHLO")) {
    on_ehlo(peer);
  } else if (line.starts_with("MAIL ")) {
    answer(peer, smtp::Stage::mail, "250 2.1.0 OK");
  } else if (line.starts_with("RCPT ")) {
    answer(peer, smtp::Stage::rcpt, "250 2.1.5 OK");
  } else if (line == "DATA") {
    const auto found = script.find(smtp::Stage::data);
    if (found == script.end() || found->second.says.find("354") != std::string::npos) {
      peer.mode = Mode::message;
    }
    answer(peer, smtp::Stage::data, "354 go on");
  } else if (line == "RSET") {
    answer(peer, smtp::Stage::reset, "250 2.0.0 OK");
  } else if (line.starts_with("XCLIENT ")) {
    answer(peer, smtp::Stage::xclient, "220 hop.example ESMTP");
  } else if (line.starts_with("AUTH PLAIN ")) {
    answer(peer, smtp::Stage::auth, "235 2.7.0 welcome");
  } else if (line.starts_with("AUTH ")) {
    peer.mode = Mode::auth;
    send_whole(peer.descriptor, "334 \r\n");
  } else if (line == "QUIT") {
    answer(peer, smtp::Stage::quit, "221 2.0.0 bye");
    peer.gone = true;
  } else {
    send_whole(peer.descriptor, "500 5.5.2 what?\r\n");
  }
}

// --- the client ---

MemoryClient::MemoryClient(MemoryClient&& other) noexcept
    : gate_(other.gate_),
      descriptor_(std::exchange(other.descriptor_, -1)),
      tls_(std::move(other.tls_)),
      closed_(other.closed_) {}

MemoryClient::~MemoryClient() {
  hang_up();
}

void MemoryClient::hang_up() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
  closed_ = true;
}

std::string MemoryClient::say(std::string_view line) {
  return send(std::string(line) + "\r\n");
}

std::string MemoryClient::send(std::string_view octets) {
  while (!octets.empty() && descriptor_ >= 0) {
    const ssize_t sent =
        tls_ ? SSL_write(tls_.get(), octets.data(), static_cast<int>(octets.size()))
             : ::send(descriptor_, octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) octets.remove_prefix(static_cast<std::size_t>(sent));
    // A full socket: whoever reads it has its turn. A closed one takes nothing more.
    if (sent <= 0 && errno != EAGAIN && errno != EWOULDBLOCK) break;
    gate_.settle();
  }
  return hear();
}

std::string MemoryClient::hear() {
  gate_.settle();
  std::string out;
  if (descriptor_ < 0) return out;
  if (!tls_) {
    closed_ = !receive(descriptor_, out);
    return out;
  }
  std::array<char, 16384> block;
  for (;;) {
    const int got = SSL_read(tls_.get(), block.data(), static_cast<int>(block.size()));
    if (got <= 0) {
      closed_ = SSL_get_error(tls_.get(), got) != SSL_ERROR_WANT_READ;
      return out;
    }
    out.append(block.data(), static_cast<std::size_t>(got));
  }
}

bool MemoryClient::start_tls(const TlsContext& context) {
  tls_ = context.connect(descriptor_, "gate.example");
  for (int round = 0; round < 20; ++round) {
    const int done = SSL_do_handshake(tls_.get());
    gate_.settle();
    if (done == 1) return true;
  }
  return false;
}

// --- the gate ---

policy::Tenant contoso() {
  policy::Tenant tenant;
  tenant.name = "contoso.com";
  tenant.accepted_domains = {{.name = "contoso.com", .is_default = true, .where = {}}};
  policy::InboundConnector partner;
  partner.name = "Partner";
  partner.sender_domains = {{.kind = policy::SenderDomain::Kind::any, .name = {}}};
  partner.tls_sender_certificate_name = "mail.partner.example";
  partner.require_tls = true;
  tenant.inbound_connectors = {partner};
  return tenant;
}

MemoryGate::MemoryGate(const Adjust& adjust) {
  begin(adjust, contoso());
}

MemoryGate::MemoryGate(const Adjust& adjust, const policy::Tenant& tenant) {
  begin(adjust, tenant);
}

void MemoryGate::begin(const Adjust& adjust, const policy::Tenant& tenant) {
  // OpenSSL writes to sockets that are closed, as it does in the program.
  std::signal(SIGPIPE, SIG_IGN);
  moved_clock = Clock::time_point(std::chrono::hours(1000));
  folder_ = std::filesystem::temp_directory_path() / "postern-gate-XXXXXX";
  if (::mkdtemp(folder_.data()) == nullptr) give_up("no folder for the test");
  hop_ = std::make_unique<ScriptedHop>(folder_ + "/hop");
  Settings settings;
  settings.host_name = "gate.example";
  settings.smtp.open = true;
  settings.routes.emplace_back().next_hops = {"unix:" + hop_->path()};
  if (adjust) adjust(settings);
  const auto config = make_config(settings, judge::Judge::make({&tenant, 1}, settings.judge));
  if (!config) throw std::runtime_error(config.error().front().line());
  log_descriptor_ = ::memfd_create("log", MFD_CLOEXEC);
  log_ = std::make_unique<EventLog>(log_descriptor_, &the_time);
  admission_ = std::make_unique<Admission>((*config)->admission, HashSeed{});
  shared_ = std::unique_ptr<Shared>(new Shared{.admission = *admission_,
                                               .log = *log_,
                                               .now = &the_time,
                                               .metrics = metrics_,
                                               .keep =
                                                   [this](std::vector<ledger::Record> more) {
                                                     for (ledger::Record& record : more)
                                                       records.push_back(std::move(record));
                                                   },
                                               .authenticator = {},
                                               .clock = &the_clock});
  worker_ = std::make_unique<Worker>(*shared_, 0, *config);
}

MemoryGate::~MemoryGate() {
  cut_off();
  hop_.reset();
  log_.reset();
  ::close(log_descriptor_);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void MemoryGate::authenticate(std::unique_ptr<Authenticator> authenticator) {
  worker_->authenticator = std::move(authenticator);
}

MemoryClient MemoryGate::connect(std::string_view address) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    give_up("no socket pair");
  }
  const SocketAddress from({IpAddress::parse(address).value(), 50000});
  Socket::endpoint_type endpoint(from.get(), from.length);
  asio::co_spawn(worker_->loop,
                 serve(*worker_, Socket(worker_->loop, {AF_UNIX, 0}, ends[0]), endpoint),
                 asio::detached);
  return {*this, ends[1]};
}

int MemoryGate::connect_milter() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    give_up("no socket pair");
  }
  asio::co_spawn(worker_->loop,
                 serve_milter(*worker_, Socket(worker_->loop, {AF_UNIX, 0}, ends[0])),
                 asio::detached);
  return ends[1];
}

void MemoryGate::settle() {
  if (!worker_) return;
  for (bool progress = true; progress;) {
    worker_->loop.restart();
    progress = worker_->loop.poll() > 0;
    progress = hop_->turn() || progress;
  }
}

void MemoryGate::pass(std::chrono::seconds time) {
  settle();
  moved_clock += time;
  worker_->deadlines.sweep();
  worker_->hops.purge();
  settle();
}

void MemoryGate::cut_off() {
  worker_.reset();
}

std::string MemoryGate::log() {
  // Its thread writes: once it has come to this line, all before it is there.
  log_->write(LogLine("looked_at"));
  std::string out;
  for (int tries = 0; tries < 1000 && !out.ends_with("looked_at\n"); ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    out.resize(static_cast<std::size_t>(::lseek(log_descriptor_, 0, SEEK_END)));
    (void)::pread(log_descriptor_, out.data(), out.size(), 0);
  }
  return out;
}

}  // namespace postern::gate
