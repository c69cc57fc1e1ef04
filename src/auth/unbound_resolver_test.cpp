// libunbound behind the Resolver, against a DNS server on loopback that can do what bad ones do.
#include "auth/unbound_resolver.hpp"

#include <arpa/inet.h>
#include <atomic>
#include <map>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include "auth/caching_resolver.hpp"
#include "auth/spf.hpp"

namespace postern::auth {
namespace {

using std::chrono::milliseconds;

std::string u16(unsigned value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

std::string wire_name(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const std::size_t dot = name.find('.');
    const std::string_view label = name.substr(0, dot);
    out += static_cast<char>(label.size());
    out += label;
    name = dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1);
  }
  return out + '\0';
}

std::string txt(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, 255);
    out += static_cast<char>(piece.size());
    out += piece;
    text.remove_prefix(piece.size());
  }
  return out;
}

// Answers from a table over UDP, and over TCP what does not fit. Names in the table that have no
// records are SERVFAIL ("down…"), silence ("silent…") or no data; all others NXDOMAIN.
class DnsServer {
 public:
  using Records = std::multimap<std::pair<std::string, unsigned>, std::string>;

  explicit DnsServer(Records records) : records_(std::move(records)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int attempt = 0; attempt < 20; ++attempt) {
      udp_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      tcp_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      address.sin_port = 0;
      socklen_t length = sizeof address;
      (void)::bind(udp_, reinterpret_cast<sockaddr*>(&address), length);
      (void)::getsockname(udp_, reinterpret_cast<sockaddr*>(&address), &length);
      if (::bind(tcp_, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
          ::listen(tcp_, 8) == 0) {
        break;
      }
      ::close(udp_);
      ::close(tcp_);
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~DnsServer() {
    stop_ = true;
    thread_.join();
    ::close(udp_);
    ::close(tcp_);
  }
  [[nodiscard]] UnboundOptions options() const {
    UnboundOptions options;
    options.forwarder = "127.0.0.1@" + std::to_string(port_);
    options.timeout = milliseconds(3000);
    return options;
  }
  std::atomic<int> queries = 0;

 private:
  void serve() {
    pollfd waiting[] = {{udp_, POLLIN, 0}, {tcp_, POLLIN, 0}};
    while (!stop_) {
      if (::poll(waiting, 2, 20) <= 0) continue;
      if (waiting[0].revents != 0) {
        char query[2048];
        sockaddr_in from{};
        socklen_t length = sizeof from;
        const ssize_t got =
            ::recvfrom(udp_, query, sizeof query, 0, reinterpret_cast<sockaddr*>(&from), &length);
        if (got < 12) continue;
        const std::string answer = answer_to({query, static_cast<std::size_t>(got)}, 1200);
        if (!answer.empty()) {
          (void)::sendto(udp_, answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from),
                         length);
        }
      }
      if (waiting[1].revents != 0) {
        const int client = ::accept(tcp_, nullptr, nullptr);
        const timeval limit{2, 0};
        ::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        char query[2048];
        const ssize_t got = ::recv(client, query, sizeof query, 0);
        if (got > 14) {
          const std::string answer =
              answer_to({query + 2, static_cast<std::size_t>(got - 2)}, 65535);
          const std::string framed = u16(static_cast<unsigned>(answer.size())) + answer;
          (void)::send(client, framed.data(), framed.size(), MSG_NOSIGNAL);
        }
        ::close(client);
      }
    }
  }

  std::string answer_to(std::string_view query, std::size_t most) {
    ++queries;
    std::string name;
    std::size_t at = 12;
    while (at < query.size() && query[at] != 0) {
      const auto length = static_cast<std::size_t>(query[at]);
      if (!name.empty()) name += '.';
      for (const char c : query.substr(at + 1, length))
        name += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
      at += length + 1;
    }
    const unsigned type = static_cast<unsigned char>(query[at + 2]);
    const std::string question(query.substr(12, at + 5 - 12));
    if (name.starts_with("silent")) return {};
    std::string body;
    unsigned count = 0;
    bool exists = false;
    std::string owner = name;
    for (int hops = 0; hops < 3; ++hops) {
      const auto [alias, none] = records_.equal_range({owner, 5});
      if (alias == none) break;
      body += wire_name(owner) + u16(5) + u16(1) + std::string("\0\0\0\x3c", 4) +
              u16(static_cast<unsigned>(alias->second.size())) + alias->second;
      ++count;
      std::string target;
      for (std::size_t i = 0; alias->second[i] != 0;) {
        const auto length = static_cast<std::size_t>(alias->second[i]);
        target += (target.empty() ? "" : ".") + alias->second.substr(i + 1, length);
        i += length + 1;
      }
      owner = target;
    }
    for (const auto& [key, value] : records_) {
      exists = exists || key.first == owner;
      if (key.first != owner || key.second != type) continue;
      body += wire_name(owner) + u16(type) + u16(1) + std::string("\0\0\0\x3c", 4) +
              u16(static_cast<unsigned>(value.size())) + value;
      ++count;
    }
    unsigned flags = 0x8180;  // response, recursion desired and available
    if (name.starts_with("down")) {
      flags |= 2;
    } else if (!exists && count == 0) {
      flags |= 3;
    }
    if (12 + question.size() + body.size() > most) {
      flags |= 0x200;
      body.clear();
      count = 0;
    }
    return std::string(query.substr(0, 2)) + u16(flags) + u16(1) + u16(count) + u16(0) + u16(0) +
           question + body;
  }

  Records records_;
  int udp_ = -1, tcp_ = -1;
  unsigned port_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

Task<DnsAnswer> ask(Resolver& resolver, std::string name, RecordType type) {
  co_return co_await lookup(resolver, name, type);
}

class Unbound : public ::testing::Test {
 protected:
  static DnsServer::Records records() {
    DnsServer::Records all;
    all.insert({{"example.zone", 16}, txt("v=spf1 ip4:192.0.2.0/24 mx -all")});
    all.insert({{"example.zone", 15}, u16(10) + wire_name("MX.Example.zone")});
    all.insert({{"example.zone", 15}, u16(20) + std::string(1, '\0')});
    all.insert({{"mx.example.zone", 1}, std::string("\xc6\x33\x64\x07")});
    all.insert({{"split.zone", 16}, txt(std::string(300, 'x') + "end")});
    all.insert({{"large.zone", 16}, txt(std::string(40'000, 'y'))});
    all.insert({{"alias.zone", 5}, wire_name("example.zone")});
    all.insert({{"loop.zone", 5}, wire_name("loop.zone")});
    for (unsigned i = 0; i < 255; ++i)
      all.insert({{"many.zone", 15}, u16(i) + wire_name("mx" + std::to_string(i) + ".zone")});
    return all;
  }
  DnsAnswer get(const std::string& name, RecordType type) {
    return resolver_->run(ask(*resolver_, name, type), milliseconds(10'000)).value();
  }
  DnsServer server_{records()};
  std::unique_ptr<UnboundResolver> resolver_ = UnboundResolver::open(server_.options()).value();
};

TEST_F(Unbound, ReadsEachType) {
  EXPECT_EQ(get("example.zone", RecordType::txt).texts,
            (std::vector<std::string>{"v=spf1 ip4:192.0.2.0/24 mx -all"}));
  auto exchanges = get("example.zone", RecordType::mx).exchanges;
  ASSERT_EQ(exchanges.size(), 2u);
  if (exchanges[0].preference != 10) std::swap(exchanges[0], exchanges[1]);
  EXPECT_EQ(exchanges[0].host, "mx.example.zone");
  EXPECT_EQ(exchanges[1].host, "");
  EXPECT_EQ(get("mx.example.zone.", RecordType::a).addresses.at(0).text(), "198.51.100.7");
  EXPECT_EQ(get("split.zone", RecordType::txt).texts.at(0), std::string(300, 'x') + "end");
  EXPECT_EQ(get("alias.zone", RecordType::txt).texts.size(), 1u);
}

TEST_F(Unbound, TellsApartWhatIsNotThere) {
  EXPECT_EQ(get("nothing.zone", RecordType::txt).status, DnsStatus::nonexistent_name);
  EXPECT_EQ(get("example.zone", RecordType::aaaa).status, DnsStatus::no_data);
  EXPECT_EQ(get("down.zone", RecordType::txt).status, DnsStatus::server_failure);
  EXPECT_EQ(get("loop.zone", RecordType::txt).status, DnsStatus::server_failure);
  EXPECT_EQ(get("a..zone", RecordType::txt).status, DnsStatus::bad_name);
  EXPECT_EQ(get(std::string(64, 'x') + ".zone", RecordType::txt).status, DnsStatus::bad_name);
}

TEST_F(Unbound, ALargeAnswerComesOverTcp) {
  EXPECT_EQ(get("large.zone", RecordType::txt).texts.at(0).size(), 40'000u);
  EXPECT_EQ(get("many.zone", RecordType::mx).exchanges.size(), 255u);
}

TEST_F(Unbound, AServerThatNeverAnswersIsATimeout) {
  UnboundOptions options = server_.options();
  options.timeout = milliseconds(300);
  const auto impatient = UnboundResolver::open(options).value();
  const auto started = std::chrono::steady_clock::now();
  const auto answer =
      impatient->run(ask(*impatient, "silent.zone", RecordType::txt), milliseconds(10'000));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, DnsStatus::timeout);
  EXPECT_LT(std::chrono::steady_clock::now() - started, milliseconds(5'000));
  EXPECT_FALSE(impatient->next_timeout());
}

TEST_F(Unbound, ATaskThatTakesTooLongIsLeft) {
  EXPECT_FALSE(resolver_->run(ask(*resolver_, "silent.zone", RecordType::txt), milliseconds(50)));
  EXPECT_EQ(get("example.zone", RecordType::txt).status, DnsStatus::success);
}

TEST_F(Unbound, MoreQueriesThanAllowedFailAtOnce) {
  UnboundOptions options = server_.options();
  options.most_outstanding = 1;
  const auto narrow = UnboundResolver::open(options).value();
  std::vector<DnsStatus> ends;
  for (int i = 0; i < 2; ++i) {
    narrow->query("silent.zone", RecordType::a,
                  [&](const DnsAnswer& answer) { ends.push_back(answer.status); });
  }
  EXPECT_EQ(ends, (std::vector<DnsStatus>{DnsStatus::server_failure}));
}

TEST_F(Unbound, AnUnsignedAnswerUnderATrustAnchorIsBogus) {
  UnboundOptions options = server_.options();
  options.trust_anchors = {
      "zone. DS 12345 8 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"};
  const auto strict = UnboundResolver::open(options).value();
  const auto answer =
      strict->run(ask(*strict, "example.zone", RecordType::txt), milliseconds(10'000));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, DnsStatus::bogus);
}

TEST_F(Unbound, LocalRecordsNeedNoServer) {
  UnboundOptions options = server_.options();
  options.local_records = {"local.zone. TXT \"here\""};
  const auto local = UnboundResolver::open(options).value();
  const int before = server_.queries;
  const auto answer = local->run(ask(*local, "local.zone", RecordType::txt), milliseconds(10'000));
  EXPECT_EQ(answer.value().texts.at(0), "here");
  EXPECT_EQ(server_.queries, before);
}

TEST_F(Unbound, SaysWhichOptionIsWrong) {
  UnboundOptions options;
  options.forwarder = "not an address";
  EXPECT_NE(UnboundResolver::open(options).error().line().find("'not an address'"),
            std::string::npos);
}

TEST_F(Unbound, ChecksSpf) {
  SpfQuery query;
  query.ip = IpAddress::parse("198.51.100.7").value();
  query.mail_from = "ann@example.zone";
  const auto outcome =
      resolver_->run(check_spf(*resolver_, std::move(query)), milliseconds(10'000));
  EXPECT_EQ(outcome.value().result, SpfResult::pass);
}

TEST_F(Unbound, TheCacheAsksOncePerLifetime) {
  UnixTime now = 1'000'000;
  CachingResolver cache(*resolver_, [&] { return now; }, {});
  const auto through = [&](const char* name) {
    return resolver_->run(ask(cache, name, RecordType::txt), milliseconds(10'000)).value().status;
  };
  EXPECT_EQ(through("example.zone"), DnsStatus::success);
  EXPECT_EQ(through("Example.ZONE."), DnsStatus::success);
  EXPECT_EQ(cache.hits(), 1u);
  EXPECT_EQ(through("nothing.zone"), DnsStatus::nonexistent_name);
  EXPECT_EQ(through("nothing.zone"), DnsStatus::nonexistent_name);
  EXPECT_EQ(cache.hits(), 2u);
  EXPECT_EQ(through("down.zone"), DnsStatus::server_failure);
  EXPECT_EQ(through("down.zone"), DnsStatus::server_failure);
  EXPECT_EQ(cache.hits(), 2u);
  now += 61;
  EXPECT_EQ(through("example.zone"), DnsStatus::success);
  EXPECT_EQ(cache.hits(), 2u);
}

}  // namespace
}  // namespace postern::auth
