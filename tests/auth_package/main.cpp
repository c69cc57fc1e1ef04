// Asks whether 192.0.2.7 may send for example.com, tells why, and rewrites the sender as a
// forwarder would.
#include <chrono>
#include <iostream>

#include "auth/spf.hpp"
#include "auth/srs.hpp"
#include "auth/unbound_resolver.hpp"

int main() {
  using namespace postern;

  auth::UnboundOptions dns;  // asks as /etc/resolv.conf says, but for records given here:
  dns.local_records = {R"(example.com. TXT "v=spf1 include:spf.example.net -all")",
                       R"(spf.example.net. TXT "v=spf1 ip4:192.0.2.0/29 ~all")"};
  const auto resolver = auth::UnboundResolver::open(dns);
  if (!resolver) {
    std::cerr << resolver.error().line() << '\n';
    return 2;
  }

  auth::SpfQuery query;
  query.ip = IpAddress::parse("192.0.2.7").value();
  query.mail_from = "ann@example.com";
  query.helo = "mail.example.com";
  auth::SpfOptions options;
  options.keep_trail = true;
  const auto outcome =
      (*resolver)->run(auth::check_spf(**resolver, query, options), std::chrono::seconds(20));
  if (!outcome) {
    std::cerr << "no answer in time\n";
    return 3;
  }
  std::cout << "spf=" << auth::word_of(outcome->result) << '\n';
  for (const auto& step : outcome->trail)
    std::cout << "  " << step.domain << ' ' << step.term << ": " << step.outcome << '\n';

  auth::SrsOptions forwarder;
  forwarder.domain = "forwarder.example";
  forwarder.secrets = {"a secret of 16 octets or more"};
  const auto srs = auth::Srs::make(forwarder);
  if (!srs) {
    std::cerr << srs.error().line() << '\n';
    return 2;
  }
  constexpr UnixTime now = 1'700'000'000;
  const auto sender = srs->forward(query.mail_from, now);
  if (!sender) return 2;
  std::cout << *sender << '\n' << srs->reverse(*sender, now).value_or("not ours") << '\n';
}
