// Loads an SMTP server with sessions and measures them: by default sessions whose recipient is to
// be refused (which smtp-source can't measure), with --deliver messages that are to be taken.
//
//   refuse_load --port 2525 --sessions 20000 --concurrency 50
//   refuse_load --port 2525 --sessions 30000 --rate 1000 --deliver 5000
//
// One thread, epoll. Latency is from the start of the connection (with --rate: from the moment at
// which the session was due, so that a slow server can't hide behind a slow start) to the reply
// that decides. Each reply other than the expected one is counted by its first line.
#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <map>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::size_t sessions = 10000;
  std::size_t concurrency = 50;
  std::size_t rate = 0;
  std::size_t deliver = 0;  // octets of a message; 0: a refusal is expected
  std::size_t messages = 1;
  bool pipelining = false;
  std::string from = "scanner@contoso.com";
  std::string to = "bob@contoso.com";
};

enum class Step : std::uint8_t { greeting, hello, mail, rcpt, data, message, quit };

struct Session {
  int socket = -1;
  Step step = Step::greeting;
  std::string input;
  std::string output;
  std::size_t messages = 0;
  std::size_t skip = 0;  // replies that decide nothing any more
  Clock::time_point begun;
  bool decided = false;
};

struct Measured {
  std::vector<std::uint32_t> microseconds;
  std::map<std::string, std::size_t> unexpected;
  std::size_t expected = 0;
  std::size_t lost = 0;
  std::vector<std::size_t> by_second;
};

class Load {
 public:
  explicit Load(const Options& options)
      : options_(options), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    address_.sin_family = AF_INET;
    address_.sin_port = htons(options.port);
    ::inet_pton(AF_INET, options.host.c_str(), &address_.sin_addr);
    if (options.deliver > 0) {
      message_ = "Subject: load\r\n\r\n";
      while (message_.size() < options.deliver)
        message_ += std::string(70, 'x') + "\r\n";
      message_ += ".\r\n";
    }
    measured_.microseconds.reserve(options.sessions * options.messages);
  }

  int run() {
    begun_ = Clock::now();
    while (done_ < options_.sessions) {
      start_due();
      std::vector<epoll_event> events(512);
      const int wait = options_.rate > 0 && started_ < options_.sessions ? 1 : 1000;
      const int count = ::epoll_wait(epoll_, events.data(), 512, wait);
      for (int i = 0; i < count; ++i)
        serve(static_cast<Session*>(events[static_cast<std::size_t>(i)].data.ptr));
    }
    report();
    return measured_.lost == 0 && measured_.unexpected.empty() ? 0 : 1;
  }

 private:
  void start_due() {
    const auto due = [this] {
      if (started_ >= options_.sessions) return false;
      if (options_.rate == 0) return open_ < options_.concurrency;
      const std::chrono::duration<double> since = Clock::now() - begun_;
      return static_cast<double>(started_) <= since.count() * static_cast<double>(options_.rate);
    };
    while (due())
      start();
  }

  void start() {
    auto* session = new Session;
    session->begun = options_.rate == 0
                         ? Clock::now()
                         : begun_ + std::chrono::nanoseconds(started_ * 1000000000 / options_.rate);
    ++started_;
    ++open_;
    session->socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(session->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(session->socket, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) !=
            0 &&
        errno != EINPROGRESS) {
      lose(session, std::strerror(errno));
      return;
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = session;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, session->socket, &event);
  }

  void serve(Session* session) {
    char block[16384];
    const ssize_t got = ::recv(session->socket, block, sizeof block, 0);
    if (got < 0 && errno == EAGAIN) {
      flush(session);
      return;
    }
    if (got <= 0) {
      lose(session, got < 0 ? std::strerror(errno) : "closed");
      return;
    }
    session->input.append(block, static_cast<std::size_t>(got));
    std::size_t end = 0;
    while ((end = session->input.find("\r\n")) != std::string::npos) {
      const std::string line = session->input.substr(0, end);
      session->input.erase(0, end + 2);
      if (line.size() > 3 && line[3] == '-') continue;
      if (!answer(session, line)) return;
    }
    flush(session);
  }

  void decide(Session* session, bool expected, const std::string& line) {
    const auto now = Clock::now();
    const auto took =
        std::chrono::duration_cast<std::chrono::microseconds>(now - session->begun).count();
    measured_.microseconds.push_back(static_cast<std::uint32_t>(took));
    const auto second = static_cast<std::size_t>(
        std::chrono::duration_cast<std::chrono::seconds>(now - begun_).count());
    if (measured_.by_second.size() <= second) measured_.by_second.resize(second + 1);
    ++measured_.by_second[second];
    if (expected) {
      ++measured_.expected;
    } else {
      ++measured_.unexpected[line.substr(0, 60)];
    }
    session->decided = true;
  }

  // False where the session is gone.
  bool answer(Session* session, const std::string& line) {
    const char kind = line.empty() ? '?' : line[0];
    const bool refusal_wanted = options_.deliver == 0;
    switch (session->step) {
      case Step::greeting:
        if (kind != '2') return stop(session, line);
        session->output += "EHLO load.example\r\n";
        session->step = Step::hello;
        return true;
      case Step::hello:
        if (kind != '2') return stop(session, line);
        session->output += "MAIL FROM:<" + options_.from + ">\r\n";
        if (options_.pipelining) session->output += "RCPT TO:<" + options_.to + ">\r\n";
        session->step = Step::mail;
        return true;
      case Step::mail:
        // Some refuse the sender here.
        if (kind != '2') {
          session->skip = options_.pipelining ? 1 : 0;
          return stop(session, line);
        }
        if (!options_.pipelining) session->output += "RCPT TO:<" + options_.to + ">\r\n";
        session->step = Step::rcpt;
        return true;
      case Step::rcpt:
        if (refusal_wanted || kind != '2') return stop(session, line);
        session->output += "DATA\r\n";
        session->step = Step::data;
        return true;
      case Step::data:
        if (kind != '3') return stop(session, line);
        session->output += message_;
        session->step = Step::message;
        return true;
      case Step::message:
        if (kind == '2' && ++session->messages < options_.messages) {
          decide(session, true, line);
          session->begun = Clock::now();
          session->output += "MAIL FROM:<" + options_.from + ">\r\n";
          session->step = Step::mail;
          return true;
        }
        return stop(session, line);
      case Step::quit:
        if (session->skip > 0) {
          --session->skip;
          return true;
        }
        finish(session);
        return false;
    }
    return true;
  }

  bool stop(Session* session, const std::string& line) {
    const bool taken = session->step == Step::message && line.starts_with("2");
    const bool refused =
        line.starts_with("5") && (session->step == Step::mail || session->step == Step::rcpt);
    decide(session, options_.deliver == 0 ? refused : taken, line);
    session->output += "QUIT\r\n";
    session->step = Step::quit;
    return true;
  }

  void flush(Session* session) {
    while (!session->output.empty()) {
      const ssize_t sent =
          ::send(session->socket, session->output.data(), session->output.size(), MSG_NOSIGNAL);
      if (sent < 0) {
        if (errno == EAGAIN) {
          watch(session, EPOLLIN | EPOLLOUT);
          return;
        }
        lose(session, std::strerror(errno));
        return;
      }
      session->output.erase(0, static_cast<std::size_t>(sent));
    }
    watch(session, EPOLLIN);
  }

  void watch(Session* session, std::uint32_t events) const {
    // Only a message is long enough to block.
    if (options_.deliver < 100000) return;
    epoll_event event{};
    event.events = events;
    event.data.ptr = session;
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, session->socket, &event);
  }

  void lose(Session* session, const std::string& why) {
    if (!session->decided) {
      ++measured_.lost;
      ++measured_.unexpected["lost: " + why];
    }
    finish(session);
  }

  void finish(Session* session) {
    ::close(session->socket);
    delete session;
    --open_;
    ++done_;
  }

  void report() {
    const std::chrono::duration<double> took = Clock::now() - begun_;
    auto& all = measured_.microseconds;
    std::sort(all.begin(), all.end());
    const auto percentile = [&all](double share) {
      if (all.empty()) return 0.0;
      const auto at = static_cast<std::size_t>(share * static_cast<double>(all.size() - 1));
      return static_cast<double>(all[at]) / 1000;
    };
    fmt::print("{} sessions in {:.2f} s: {:.0f} decisions/s, {} as expected\n", done_, took.count(),
               static_cast<double>(all.size()) / took.count(), measured_.expected);
    fmt::print("latency ms: p50 {:.2f}, p90 {:.2f}, p99 {:.2f}, p99.9 {:.2f}, most {:.2f}\n",
               percentile(0.5), percentile(0.9), percentile(0.99), percentile(0.999),
               percentile(1));
    std::string seconds;
    for (const std::size_t count : measured_.by_second)
      seconds += (seconds.empty() ? "" : " ") + std::to_string(count);
    fmt::print("each second: {}\n", seconds);
    for (const auto& [line, count] : measured_.unexpected)
      fmt::print("unexpected, {} times: {}\n", count, line);
  }

  const Options& options_;
  int epoll_;
  sockaddr_in address_{};
  std::string message_;
  Measured measured_;
  Clock::time_point begun_;
  std::size_t started_ = 0;
  std::size_t open_ = 0;
  std::size_t done_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Loads an SMTP server with sessions and measures them"};
  app.add_option("--host", options.host, "IPv4 address")->capture_default_str();
  app.add_option("--port", options.port, "")->required();
  app.add_option("--sessions", options.sessions, "How many")->capture_default_str();
  app.add_option("--concurrency", options.concurrency, "At once")->capture_default_str();
  app.add_option("--rate", options.rate, "Begin so many a second, however the server keeps up");
  app.add_option("--deliver", options.deliver, "Send messages of so many octets, to be taken");
  app.add_option("--messages", options.messages, "A session")->capture_default_str();
  app.add_flag("--pipelining", options.pipelining, "Send MAIL and RCPT at once, unless --deliver");
  app.add_option("--from", options.from, "")->capture_default_str();
  app.add_option("--to", options.to, "")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  options.pipelining = options.pipelining && options.deliver == 0;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return Load(options).run();
}
