#include "auth/dmarc_standing.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "auth/dmarc.hpp"
#include "auth/resolver.hpp"
#include "auth/task.hpp"

namespace postern::auth {
namespace {

constexpr std::string_view prefix = "_dmarc.";

// DNS as it is written down. Texts that nobody looked at are not there.
class WrittenDown final : public Resolver {
 public:
  /// `below`: what asking for the address of an unknown name answers.
  WrittenDown(const KnownTexts& known, DnsStatus below) : known_(known), below_(below) {}

  void query(std::string_view name, RecordType type, Done done) override {
    DnsAnswer answer;
    answer.status = type == RecordType::txt ? DnsStatus::no_data : below_;
    const auto* texts = type == RecordType::txt ? known_(name) : nullptr;
    if (texts != nullptr && !texts->empty()) {
      answer.status = DnsStatus::success;
      answer.texts = *texts;
    }
    done(std::move(answer));
  }

 private:
  const KnownTexts& known_;
  DnsStatus below_;
};

DmarcOutcome forged(const KnownTexts& known, std::string author, DnsStatus below) {
  WrittenDown resolver(known, below);
  DmarcInput input;
  input.from_domains.push_back(std::move(author));
  return *run_now(evaluate_dmarc(resolver, std::move(input)));
}

// No policy: what is there instead?
void explain_absence(const std::vector<std::string>& texts, const DmarcOutcome& own,
                     DmarcStanding& out) {
  const auto records =
      std::count_if(texts.begin(), texts.end(), [](const auto& t) { return is_dmarc_record(t); });
  const auto meant = std::find_if(texts.begin(), texts.end(),
                                  [](const auto& text) { return is_meant_as_dmarc(text); });
  if (records > 1) {
    out.state = DmarcState::several;
    out.because = fmt::format("{} DMARC records, so none counts (RFC 9989, 4.10)", records);
  } else if (records == 1) {
    // It is there, but asks for nothing: p= is missing or no policy.
    out.state = DmarcState::open;
    out.policy_domain = own.policy_domain;
    out.record = own.record;
    out.because = own.detail;
  } else if (meant != texts.end()) {
    out.state = DmarcState::unreadable;
    out.record = *meant;
    const auto findings = lint_dmarc_record(*meant);
    if (!findings.empty()) {
      out.because = fmt::format("{}; {}", findings.front().what, findings.front().remedy);
    }
  } else {
    out.state = DmarcState::missing;
    out.because = "no DMARC record";
  }
}

std::string why_open(const DmarcOutcome& own) {
  if (own.published == DmarcPolicy::none) {
    return fmt::format("{}=none only watches", own.published_tag);
  }
  return fmt::format("t=y asks receivers not to apply {}={} (RFC 9989, 4.7)", own.published_tag,
                     word_of(own.published));
}

std::string why_partly(const DmarcStanding& standing, const DmarcOutcome& own,
                       const DmarcRecord& record) {
  if (own.testing) {
    return fmt::format("t=y asks receivers to apply less than {}={} (RFC 9989, 4.7)",
                       own.published_tag, word_of(own.published));
  }
  if (standing.subdomains == DmarcPolicy::none) {
    return "sp=none leaves the domains below it open";
  }
  if (standing.nonexistent == DmarcPolicy::none) {
    return "np=none leaves names below it that do not exist open";
  }
  if (record.percentage.value_or(100) < 100) {
    return fmt::format("receivers that go by RFC 7489 apply it to {} % of the mail (pct=)",
                       *record.percentage);
  }
  return {};
}

// Of texts of which the domain's own are known; others count as none.
DmarcStanding standing_of(const KnownTexts& known, const std::string& domain,
                          const std::vector<std::string>& texts) {
  DmarcStanding out;
  const DmarcOutcome own = forged(known, domain, DnsStatus::no_data);
  // Where p= can't be read but reports are asked for, it counts as p=none; else as no policy.
  if (own.result != DmarcResult::fail) {
    explain_absence(texts, own, out);
    return out;
  }
  out.policy_domain = own.policy_domain;
  out.record = own.record;
  out.own = own.applied;
  const std::string below = "name-below." + domain;
  out.subdomains = forged(known, below, DnsStatus::no_data).applied;
  out.nonexistent = forged(known, below, DnsStatus::nonexistent_name).applied;
  if (out.own == DmarcPolicy::none) {
    out.state = DmarcState::open;
    out.because = why_open(own);
    return out;
  }
  out.because = why_partly(out, own, parse_dmarc_record(own.record).value_or(DmarcRecord{}));
  out.state = out.because.empty() ? DmarcState::enforced : DmarcState::partly;
  return out;
}

// "co.uk": two letters for the country, and a short word before them.
bool may_be_registrys(std::string_view name) noexcept {
  const std::size_t dot = name.rfind('.');
  return dot != std::string_view::npos && dot <= 3 && name.size() - dot - 1 == 2;
}

// Names of the walk above the domain that nobody looked at, and that may hold a record.
std::vector<std::string> not_read_above(const KnownTexts& known, const std::string& domain,
                                        bool has_own) {
  std::vector<std::string> out;
  for (std::string& name : tree_walk_names(domain)) {
    const bool registrys =
        name.find('.') == std::string::npos || (has_own && may_be_registrys(name));
    if (name == domain || registrys || known(std::string(prefix) + name) != nullptr) continue;
    out.push_back(std::move(name));
  }
  return out;
}

}  // namespace

DmarcStanding dmarc_standing(const KnownTexts& known, const std::string& domain) {
  DmarcStanding unknown;
  unknown.unread = domain;
  const auto* texts = known(std::string(prefix) + domain);
  if (texts == nullptr) return unknown;
  DmarcStanding out = standing_of(known, domain, *texts);
  for (const std::string& name : not_read_above(known, domain, out.policy_domain == domain)) {
    for (const char* record : {"v=DMARC1; p=reject", "v=DMARC1; p=none"}) {
      const std::vector<std::string> there = {record};
      const KnownTexts with = [&](std::string_view asked) {
        const bool it = asked.starts_with(prefix) && asked.substr(prefix.size()) == name;
        return it ? &there : known(asked);
      };
      if (standing_of(with, domain, *texts).state == out.state) continue;
      unknown.unread = name;
      return unknown;
    }
  }
  return out;
}

}  // namespace postern::auth
