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

// What the sender chooses: the name in HELO, the local part, and the name of his address. Each has
// two labels of its own, by which a name that a macro made of them is known again (RFC 7208, 7).
constexpr std::string_view chosen_helo = "chosenhelohost.chosenhelozone";
constexpr std::string_view chosen_local_part = "chosenlocalhost.chosenlocalzone";
constexpr std::string_view chosen_pointer = "chosenpointerhost.chosenpointerzone";

struct ChosenLabel {
  std::string_view label;
  std::string_view macro;
};
constexpr std::array<ChosenLabel, 6> chosen_labels{{{"chosenhelohost", "%{h}"},
                                                    {"chosenhelozone", "%{h}"},
                                                    {"chosenlocalhost", "%{l}"},
                                                    {"chosenlocalzone", "%{l}"},
                                                    {"chosenpointerhost", "%{p}"},
                                                    {"chosenpointerzone", "%{p}"}}};

bool is_chosen(std::string_view name) noexcept {
  return std::any_of(chosen_labels.begin(), chosen_labels.end(), [&](const ChosenLabel& each) {
    return name.find(each.label) != std::string_view::npos;
  });
}

// Whether whoever chooses may choose one of his own domains, and answer whatever he likes.
bool is_forgers_own(std::string_view name) {
  const auto labels = split(name, '.');
  return labels.size() >= 2 &&
         std::all_of(labels.end() - 2, labels.end(), [](std::string_view label) {
           return std::any_of(chosen_labels.begin(), chosen_labels.end(),
                              [&](const ChosenLabel& each) { return each.label == label; });
         });
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

// The name as the record writes it, or nearly so: with the macro in place of what stands for it.
std::string as_macro(std::string name, const IpAddress& ip) {
  for (const ChosenLabel& each : chosen_labels)
    replace_all(name, each.label, each.macro);
  for (const ChosenLabel& each : chosen_labels)
    replace_all(name, fmt::format("{0}.{0}", each.macro), each.macro);
  std::string reversed = reverse_name(ip);
  if (const std::size_t zone = reversed.rfind(ip.is_v4() ? ".in-addr" : ".ip6");
      zone != std::string::npos)
    reversed.resize(zone);
  replace_all(name, reversed, "%{ir}");
  std::string forward;
  for (const std::string_view label : split(reversed, '.'))
    forward = forward.empty() ? std::string(label) : fmt::format("{}.{}", label, forward);
  replace_all(name, forward, "%{i}");
  return name;
}

// DNS as it is written down. What nobody looked at answers in one of two ways; where both lead to
// the same result, the result does not hang on it.
//
//   by default  no addresses, and records that refuse everybody ("-all"): an include does not
//               match, a redirect refuses
//   flipped     addresses in the stranger's neighbourhood, and records that say nothing ("?all"):
//               an include does not match either, a redirect is neutral, exists matches, and so do
//               a and mx where their blocks are wide. Which of somebody's names is asked for may be
//               the sender's choice: then there may be one with his address, or one that admits
//               everybody
//
// At a name that is the sender's own he answers as he likes: with his address and "+all", or with
// nothing.
class Assumed final : public Resolver {
 public:
  Assumed(const KnownTexts& known, const IpAddress& stranger)
      : known_(known), stranger_(stranger), neighbour_(near_to(stranger)) {}

  void query(std::string_view name, RecordType type, Done done) override {
    std::string lower = to_lower(name);
    if (lower.ends_with('.')) lower.pop_back();
    if (type == RecordType::ptr || is_forgers_own(lower)) {
      done(forgers_own({lower, type}));
    } else {
      done(type == RecordType::txt ? text(lower) : other(lower, type));
    }
  }

  bool grants = true;         ///< the forger's own names let him in
  Questions excepted;         ///< those that do the opposite
  Questions flipped;          ///< that are answered the other way
  Questions asked_of_forger;  ///< about names of his own
  Questions asked_texts;      ///< of records that nobody looked at
  Questions asked_for_hosts;  ///< of addresses and exchanges

 private:
  DnsAnswer forgers_own(const DnsQuestion& question) {
    DnsAnswer answer;
    answer.status = DnsStatus::no_data;
    asked_of_forger.insert(question);
    const bool grant = grants != excepted.contains(question);
    if (!grant && question.type != RecordType::txt) return answer;
    answer.status = DnsStatus::success;
    switch (question.type) {
      case RecordType::txt:
        answer.texts = {grant ? "v=spf1 +all" : "v=spf1 -all"};
        break;
      case RecordType::mx:
        answer.exchanges = {{10, std::string(chosen_helo)}};
        break;
      case RecordType::ptr:
        answer.names = {std::string(chosen_pointer), std::string(chosen_helo)};
        break;
      default:
        answer.addresses = {stranger_};
    }
    return answer;
  }

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
    const char* admits = is_chosen(name) ? "v=spf1 +all" : "v=spf1 ?all";
    answer.texts = {flipped.contains(question) ? admits : "v=spf1 -all"};
    return answer;
  }

  DnsAnswer other(const std::string& name, RecordType type) {
    DnsAnswer answer;
    answer.status = DnsStatus::no_data;
    const DnsQuestion question{name, type};
    if (name != unknown_host) {
      asked_for_hosts.insert(question);
      if (!flipped.contains(question)) return answer;
    }
    answer.status = DnsStatus::success;
    if (type == RecordType::mx) {
      answer.exchanges = {{10, std::string(unknown_host)}};
    } else {
      answer.addresses = {is_chosen(name) ? stranger_ : neighbour_};
    }
    return answer;
  }

  const KnownTexts& known_;
  IpAddress stranger_;
  IpAddress neighbour_;
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
      const Answer a = most_lenient(one);
      // The pair counts by the stricter of the two.
      if (!first && strictness(a.outcome.result) >= strictness(out_.result)) continue;
      const Answer b = most_lenient(other);
      const bool one_counts = strictness(a.outcome.result) >= strictness(b.outcome.result);
      const Answer& pair = one_counts ? a : b;
      if (!first && strictness(pair.outcome.result) >= strictness(out_.result)) continue;
      first = false;
      out_.result = pair.outcome.result;
      out_.problem = pair.outcome.problem;
      out_.by_own_name = pair.by_own_name;
      out_.example = one_counts ? one : other;
    }
    find_what_it_hangs_on();
    return std::move(out_);
  }

 private:
  struct Answer {
    SpfOutcome outcome;
    bool by_own_name = false;  ///< that names of the sender's own say so
  };

  SpfOutcome ask(Assumed& dns, const IpAddress& stranger) {
    SpfQuery query;
    query.ip = stranger;
    query.mail_from = fmt::format("{}@{}", chosen_local_part, domain_);
    query.helo = chosen_helo;
    SpfOptions options;
    // Names that nobody looked at are not empty for certain.
    options.limits.void_lookups = 1000;
    options.cache = &cache_;
    options.explain = false;
    return *run_now(check_spf(dns, std::move(query), options));
  }

  // A forger answers at his own names as it serves him: everywhere yes, everywhere no, or one of
  // them otherwise than the rest.
  Answer most_lenient(const IpAddress& ip, const Questions& flipped = {}) {
    Questions own;
    const auto with = [&](bool grants, Questions excepted) {
      Assumed dns(known_, ip);
      dns.flipped = flipped;
      dns.grants = grants;
      dns.excepted = std::move(excepted);
      SpfOutcome outcome = ask(dns, ip);
      own.insert(dns.asked_of_forger.begin(), dns.asked_of_forger.end());
      return outcome;
    };
    Answer best{with(false, {})};
    if (own.empty()) return best;
    const auto take = [&](SpfOutcome outcome) {
      if (strictness(outcome.result) < strictness(best.outcome.result))
        best = {std::move(outcome), true};
    };
    take(with(true, {}));
    for (const DnsQuestion& each : Questions(own)) {
      take(with(false, {each}));
      take(with(true, {each}));
    }
    return best;
  }

  // What two strangers of different addresses lead to: what only one of them leads to is made of
  // his own address by a macro, and nobody's list holds strangers. HELO and local part are chosen
  // by whoever sends, so both have the same.
  Questions asked_of_both(const IpAddress& one, Questions& texts) {
    const IpAddress other = one.is_v4() ? IpAddress::from_v4(one.v4() ^ 0x00ffffffU)
                                        : *IpAddress::parse("2600:777::777");
    Questions both;
    for (const bool grants : {false, true}) {
      Assumed plain(known_, one);
      Assumed again(known_, other);
      plain.grants = again.grants = grants;
      ask(plain, one);
      ask(again, other);
      texts.insert(plain.asked_texts.begin(), plain.asked_texts.end());
      for (const DnsQuestion& each : plain.asked_texts) {
        if (!is_chosen(each.name) || again.asked_texts.contains(each)) both.insert(each);
      }
      for (const DnsQuestion& each : plain.asked_for_hosts) {
        if (again.asked_for_hosts.contains(each)) both.insert(each);
      }
    }
    return both;
  }

  SpfResult with(const Questions& flipped, const IpAddress& ip) {
    return most_lenient(ip, flipped).outcome.result;
  }

  // Of a and aaaa records: a term has a block for each family (RFC 7208, 5.6), and each is tried.
  void find_what_it_hangs_on() {
    const IpAddress example = out_.example;
    const IpAddress other_family =
        example.is_v4() ? *IpAddress::parse("2001:57c:b29a::57") : IpAddress::from_v4(0x0157cb29U);
    Questions hangs;
    std::set<std::string> trusted;
    for (const IpAddress& ip : {example, other_family}) {
      Questions texts;
      const Questions both = asked_of_both(ip, texts);
      const auto differs = [&](const Questions& flipped) {
        const SpfResult result = with(flipped, ip);
        // The example gets the most lenient answer; the other may get a stricter one already.
        return ip == example ? result != out_.result : strictness(result) < strictness(out_.result);
      };
      Questions deciding;
      if (differs(both)) {
        out_.determined = false;
        for (const DnsQuestion& each : both) {
          if (differs({each})) deciding.insert(each);
        }
        if (deciding.empty()) deciding = both;
      }
      for (const DnsQuestion& each : deciding)
        hangs.insert({as_macro(each.name, ip), each.type});
      for (const DnsQuestion& each : texts)
        trusted.insert(as_macro(each.name, ip));
    }
    out_.hangs_on.assign(hangs.begin(), hangs.end());
    for (const std::string& name : trusted) {
      if (!hangs.contains({name, RecordType::txt})) out_.taken_on_trust.push_back(name);
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
