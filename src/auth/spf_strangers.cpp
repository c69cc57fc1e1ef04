#include "auth/spf_strangers.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "auth/resolver.hpp"
#include "auth/task.hpp"
#include "base/ascii.hpp"

namespace postern::auth {
namespace {

using Names = std::set<std::string, std::less<>>;

// DNS as it is written down. What nobody looked at answers in one of two ways; where both lead to
// the same result, the result does not hang on it.
//
//   by default  no addresses, and records that refuse everybody ("-all"): an include does not
//               match, a redirect refuses
//   flipped     addresses that are nobody's, and records that say nothing ("?all"): an include does
//               not match either, a redirect is neutral, exists matches
class Assumed final : public Resolver {
 public:
  explicit Assumed(const KnownTexts& known) : known_(known) {}

  void query(std::string_view name, RecordType type, Done done) override {
    std::string lower = to_lower(name);
    if (lower.ends_with('.')) lower.pop_back();
    done(type == RecordType::txt ? text(lower) : other(lower, type));
  }

  Names flipped;          ///< names that answer the other way
  Names asked_texts;      ///< of records that nobody looked at
  Names asked_for_hosts;  ///< of names whose addresses or exchanges were asked for

 private:
  DnsAnswer text(const std::string& name) {
    DnsAnswer answer;
    if (const auto* texts = known_(name)) {
      answer.status = texts->empty() ? DnsStatus::no_data : DnsStatus::success;
      answer.texts = *texts;
      return answer;
    }
    asked_texts.insert(name);
    answer.status = DnsStatus::success;
    answer.texts = {flipped.contains(name) ? "v=spf1 ?all" : "v=spf1 -all"};
    return answer;
  }

  DnsAnswer other(const std::string& name, RecordType type) {
    DnsAnswer answer;
    answer.status = DnsStatus::no_data;
    if (type == RecordType::ptr) return answer;
    asked_for_hosts.insert(name);
    if (!flipped.contains(name)) return answer;
    answer.status = DnsStatus::success;
    if (type == RecordType::a)
      answer.addresses = {IpAddress::from_v4(0xc6336435)};  // 198.51.100.53
    if (type == RecordType::aaaa) answer.addresses = {*IpAddress::parse("2001:db8::53")};
    if (type == RecordType::mx) answer.exchanges = {{10, "mail.invalid"}};
    return answer;
  }

  const KnownTexts& known_;
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
      Assumed dns(known_);
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

  // The names that two different strangers lead to: what only one of them leads to is made of his
  // own address or name by a macro, and nobody's list holds strangers.
  void find_what_it_hangs_on() {
    Assumed plain(known_);
    ask(plain, {out_.example, "forger", "host-a.example"});
    const std::uint32_t far_away = out_.example.is_v4() ? out_.example.v4() ^ 0x00ffffff : 0;
    const IpAddress second =
        out_.example.is_v4() ? IpAddress::from_v4(far_away) : *IpAddress::parse("2600:777::777");
    Assumed again(known_);
    ask(again, {second, "somebody", "host-b.example"});
    Names both = plain.asked_texts;
    for (const std::string& name : plain.asked_for_hosts) {
      if (again.asked_for_hosts.contains(name)) both.insert(name);
    }
    const auto differs = [&](Names names) {
      Assumed dns(known_);
      dns.flipped = std::move(names);
      return ask(dns, {out_.example, "forger", "host-a.example"}).result != out_.result;
    };
    out_.determined = !differs(both);
    if (!out_.determined) {
      for (const std::string& name : both) {
        if (differs({name})) out_.hangs_on.push_back(name);
      }
      if (out_.hangs_on.empty()) out_.hangs_on.assign(both.begin(), both.end());
    }
    for (const std::string& name : plain.asked_texts) {
      if (std::find(out_.hangs_on.begin(), out_.hangs_on.end(), name) == out_.hangs_on.end()) {
        out_.taken_on_trust.push_back(name);
      }
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
