#include "auth/spf_strangers.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "auth/resolver.hpp"
#include "auth/task.hpp"
#include "base/ascii.hpp"

namespace postern::auth {
namespace {

using Questions = std::set<DnsQuestion>;

// What an MX names that nobody looked at.
constexpr std::string_view unknown_host = "mail.invalid";

// Another address in the same /8 (/16 of IPv6): what a wide block around it holds, and no list of
// servers.
IpAddress near_to(const IpAddress& ip) {
  return ip.is_v4() ? IpAddress::from_v4(ip.v4() ^ 0x00800000U)
                    : IpAddress::from_key(ip.key() ^ (static_cast<uint128>(1) << 111));
}

// DNS as it is written down. What nobody looked at answers in one of two ways; where both lead to
// the same result, the result does not hang on it.
//
//   by default  no addresses, and records that refuse everybody ("-all"): an include does not
//               match, a redirect refuses
//   flipped     addresses in the stranger's neighbourhood, and records that say nothing ("?all"):
//   an
//               include does not match either, a redirect is neutral, exists matches, and so do a
//               and mx where their blocks are wide
class Assumed final : public Resolver {
 public:
  Assumed(const KnownTexts& known, const IpAddress& stranger)
      : known_(known), neighbour_(near_to(stranger)) {}

  void query(std::string_view name, RecordType type, Done done) override {
    std::string lower = to_lower(name);
    if (lower.ends_with('.')) lower.pop_back();
    done(type == RecordType::txt ? text(lower) : other(lower, type));
  }

  Questions flipped;          ///< that are answered the other way
  Questions asked_texts;      ///< of records that nobody looked at
  Questions asked_for_hosts;  ///< of addresses and exchanges

 private:
  DnsAnswer text(const std::string& name) {
    DnsAnswer answer;
    if (const auto* texts = known_(name)) {
      answer.status = texts->empty() ? DnsStatus::no_data : DnsStatus::success;
      answer.texts = *texts;
      return answer;
    }
    const DnsQuestion question{name, RecordType::txt};
    asked_texts.insert(question);
    answer.status = DnsStatus::success;
    answer.texts = {flipped.contains(question) ? "v=spf1 ?all" : "v=spf1 -all"};
    return answer;
  }

  DnsAnswer other(const std::string& name, RecordType type) {
    DnsAnswer answer;
    answer.status = DnsStatus::no_data;
    if (type == RecordType::ptr) return answer;
    const DnsQuestion question{name, type};
    if (name != unknown_host) {
      asked_for_hosts.insert(question);
      if (!flipped.contains(question)) return answer;
    }
    answer.status = DnsStatus::success;
    if (type == RecordType::mx) {
      answer.exchanges = {{10, std::string(unknown_host)}};
    } else {
      answer.addresses = {neighbour_};
    }
    return answer;
  }

  const KnownTexts& known_;
  IpAddress neighbour_;
};

struct Stranger {
  IpAddress ip;
  std::string_view local_part;
  std::string_view helo;
};

// Two in each /8 that holds public addresses, and two in each of the regional registries' IPv6
// blocks.
std::vector<std::array<IpAddress, 2>> strangers() {
  std::vector<std::array<IpAddress, 2>> out;
  for (std::uint32_t first = 1; first < 224; ++first) {
    if (first == 10 || first == 127) continue;
    const std::uint32_t network = first << 24;
    out.push_back({IpAddress::from_v4(network | 0x57cb29), IpAddress::from_v4(network | 0xc93aad)});
  }
  for (const char* block : {"2001", "2400", "2600", "2800", "2a00", "2c00"}) {
    out.push_back({*IpAddress::parse(fmt::format("{}:57c:b29a::57", block)),
                   *IpAddress::parse(fmt::format("{}:c93:ad41::c9", block))});
  }
  return out;
}

// From the most lenient: what it does for a forger.
int strictness(SpfResult result) noexcept {
  switch (result) {
    case SpfResult::pass:
      return 0;
    case SpfResult::neutral:
      return 1;
    case SpfResult::none:
      return 2;
    case SpfResult::perm_error:
    case SpfResult::temp_error:
      return 3;
    case SpfResult::soft_fail:
      return 4;
    case SpfResult::fail:
      break;
  }
  return 5;
}

class Judge {
 public:
  Judge(const KnownTexts& known, const std::string& domain) : known_(known), domain_(domain) {}

  SpfStrangers run() {
    bool first = true;
    for (const auto& [one, other] : strangers()) {
      Assumed dns(known_, one);
      const SpfOutcome a = ask(dns, {one, "forger", "host-a.example"});
      // The pair counts by the stricter of the two.
      if (!first && strictness(a.result) >= strictness(out_.result)) continue;
      const SpfOutcome b = ask(dns, {other, "somebody", "host-b.example"});
      const bool one_counts = strictness(a.result) >= strictness(b.result);
      const SpfOutcome& pair = one_counts ? a : b;
      if (!first && strictness(pair.result) >= strictness(out_.result)) continue;
      first = false;
      out_.result = pair.result;
      out_.problem = pair.problem;
      out_.example = one_counts ? one : other;
    }
    find_what_it_hangs_on();
    return std::move(out_);
  }

 private:
  SpfOutcome ask(Assumed& dns, const Stranger& stranger) {
    SpfQuery query;
    query.ip = stranger.ip;
    query.mail_from = fmt::format("{}@{}", stranger.local_part, domain_);
    query.helo = stranger.helo;
    SpfOptions options;
    // Names that nobody looked at are not empty for certain.
    options.limits.void_lookups = 1000;
    options.cache = &cache_;
    options.explain = false;
    return *run_now(check_spf(dns, std::move(query), options));
  }

  // What two different strangers lead to: what only one of them leads to is made of his own address
  // or name by a macro, and nobody's list holds strangers.
  Questions asked_of_both(const IpAddress& one, Questions& texts) {
    const IpAddress other = one.is_v4() ? IpAddress::from_v4(one.v4() ^ 0x00ffffffU)
                                        : *IpAddress::parse("2600:777::777");
    Assumed plain(known_, one);
    ask(plain, {one, "forger", "host-a.example"});
    Assumed again(known_, other);
    ask(again, {other, "somebody", "host-b.example"});
    texts.insert(plain.asked_texts.begin(), plain.asked_texts.end());
    Questions both = plain.asked_texts;
    for (const DnsQuestion& each : plain.asked_for_hosts) {
      if (again.asked_for_hosts.contains(each)) both.insert(each);
    }
    return both;
  }

  SpfResult with(const Questions& flipped, const IpAddress& ip) {
    Assumed dns(known_, ip);
    dns.flipped = flipped;
    return ask(dns, {ip, "forger", "host-a.example"}).result;
  }

  // Of a and aaaa records: a term has a block for each family (RFC 7208, 5.6), and each is tried.
  void find_what_it_hangs_on() {
    const IpAddress example = out_.example;
    const IpAddress other_family =
        example.is_v4() ? *IpAddress::parse("2001:57c:b29a::57") : IpAddress::from_v4(0x0157cb29U);
    Questions texts;
    Questions hangs;
    for (const IpAddress& ip : {example, other_family}) {
      const Questions both = asked_of_both(ip, texts);
      const auto differs = [&](const Questions& flipped) {
        const SpfResult result = with(flipped, ip);
        // The example gets the most lenient answer; the other may get a stricter one already.
        return ip == example ? result != out_.result : strictness(result) < strictness(out_.result);
      };
      if (!differs(both)) continue;
      out_.determined = false;
      const std::size_t before = hangs.size();
      for (const DnsQuestion& each : both) {
        if (differs({each})) hangs.insert(each);
      }
      if (hangs.size() == before) hangs.insert(both.begin(), both.end());
    }
    out_.hangs_on.assign(hangs.begin(), hangs.end());
    for (const DnsQuestion& each : texts) {
      if (!hangs.contains(each)) out_.taken_on_trust.push_back(each.name);
    }
  }

  const KnownTexts& known_;
  const std::string& domain_;
  SpfRecordCache cache_{64};
  SpfStrangers out_;
};

}  // namespace

SpfStrangers judge_spf_strangers(const KnownTexts& known, const std::string& domain) {
  return Judge(known, domain).run();
}

}  // namespace postern::auth
