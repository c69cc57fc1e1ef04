// spf_hostile: what a stranger's records can make one SPF check cost, in time and memory, with the
// records in memory; and a resolver that never answers.
//
// For each case: the result, questions to DNS, microseconds (median), and the most octets that
// the check held at once beyond the answer itself.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <malloc.h>
#include <netinet/in.h>
#include <new>
#include <ratio>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "auth/memory_zone.hpp"
#include "auth/spf.hpp"
#include "auth/unbound_resolver.hpp"

namespace {

std::size_t held = 0;
std::size_t most_held = 0;

}  // namespace

// Counts what is held; the program has one thread while it measures.
void* operator new(std::size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  held += malloc_usable_size(memory);
  most_held = std::max(most_held, held);
  return memory;
}
void operator delete(void* memory) noexcept {
  if (memory == nullptr) return;
  held -= malloc_usable_size(memory);
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  operator delete(memory);
}

namespace {

using namespace postern;
using Clock = std::chrono::steady_clock;

auth::SpfQuery query() {
  auth::SpfQuery query;
  query.ip = *IpAddress::parse("192.0.2.1");
  query.mail_from = "ann@example.com";
  query.helo = "mail.example.com";
  return query;
}

void measure(std::string_view what, auth::MemoryZone& zone) {
  constexpr int rounds = 25;
  std::vector<double> times;
  std::string result;
  std::size_t most = 0;
  const std::uint64_t before = zone.queries();
  for (int round = 0; round < rounds; ++round) {
    const std::size_t standing = held;
    most_held = held;
    const auto begun = Clock::now();
    const auto outcome = auth::run_now(auth::check_spf(zone, query()));
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begun).count());
    most = std::max(most, most_held - standing);
    result = std::string(auth::word_of(outcome.value().result));
  }
  std::sort(times.begin(), times.end());
  fmt::print("{:52}{:10}{:>6}{:>12.1f}{:>12.1f}\n", what, result,
             (zone.queries() - before) / rounds, times[rounds / 2],
             static_cast<double>(most) / 1024);
}

// Ten includes of ten includes each, and so on: the limit is on all of them together.
auth::MemoryZone includes() {
  auth::MemoryZone zone;
  for (int level = 0; level < 4; ++level) {
    const std::string name = level == 0 ? "example.com" : fmt::format("l{}.example.com", level);
    std::string record = "v=spf1";
    for (int i = 0; i < 10; ++i)
      record += fmt::format(" include:l{}.example.com", level + 1);
    zone.add_text(name, record + " -all");
  }
  zone.add_text("l4.example.com", "v=spf1 -all");
  return zone;
}

auth::MemoryZone exchanges(int count) {
  auth::MemoryZone zone;
  zone.add_text("example.com", "v=spf1 mx -all");
  for (int i = 0; i < count; ++i) {
    const std::string host = fmt::format("mx{}.example.com", i);
    zone.add_exchange("example.com", 10, host);
    zone.add_address(host, *IpAddress::parse("198.51.100.7"));
  }
  return zone;
}

auth::MemoryZone long_record(std::string_view term, std::size_t octets) {
  auth::MemoryZone zone;
  std::string record = "v=spf1";
  while (record.size() < octets)
    record += term;
  zone.add_text("example.com", record + " -all");
  return zone;
}

void measure_silence() {
  const int udp = socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(udp, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(udp, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::perror("bind");
    std::exit(1);
  }
  auth::UnboundOptions options;
  options.forwarder = fmt::format("127.0.0.1@{}", ntohs(address.sin_port));
  const auto resolver = auth::UnboundResolver::open(options).value();
  const auto begun = Clock::now();
  const auto outcome =
      resolver->run(auth::check_spf(*resolver, query()), std::chrono::milliseconds(60'000));
  fmt::print("{:52}{:10}{:>6}{:>10.1f} s\n", "a resolver that never answers",
             outcome ? auth::word_of(outcome->result) : "-", 1,
             std::chrono::duration<double>(Clock::now() - begun).count());
  close(udp);
}

}  // namespace

int main() {
  fmt::print("{:52}{:10}{:>6}{:>12}{:>12}\n", "", "result", "asked", "us", "kB held");
  auth::MemoryZone usual = long_record(" ip4:198.51.100.0/24", 100);
  measure("a usual record (for comparison)", usual);
  auth::MemoryZone nested = includes();
  measure("10 includes of 10 includes of 10 includes", nested);
  auth::MemoryZone ten = exchanges(10);
  measure("10 MX", ten);
  auth::MemoryZone many = exchanges(255);
  measure("255 MX", many);
  auth::MemoryZone loop;
  loop.add_alias("example.com", "a.example.com");
  loop.add_alias("a.example.com", "example.com");
  measure("a CNAME loop", loop);
  auth::MemoryZone itself;
  itself.add_text("example.com", "v=spf1 include:example.com -all");
  measure("a record that includes itself", itself);
  auth::MemoryZone full = long_record(" ip4:198.51.100.7", 64'000);
  measure("64 kB of TXT, as much as DNS can carry", full);
  auth::MemoryZone megabytes = long_record(" ip4:198.51.100.7", 4 << 20);
  measure("4 MB of TXT, from a zone file", megabytes);
  auth::MemoryZone macros = long_record(" exists:%{ir}.%{l1r-}.%{d2}.example.net", 64'000);
  measure("64 kB of macros", macros);
  measure_silence();
}
