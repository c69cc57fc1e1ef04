#include "audit/mail_records.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "auth/spf_strangers.hpp"
#include "base/ascii.hpp"
#include "base/join.hpp"
#include "tenant/dns_records.hpp"

namespace postern::audit {
namespace {

using auth::DmarcState;
using auth::SpfResult;
using tenant::Configuration;

auth::KnownTexts texts_of(const Configuration& c) {
  return [&c](std::string_view name) { return tenant::texts_at(c, name); };
}

Finding not_read(const std::string& domain, std::string_view what, const std::string& name) {
  return {Status::not_determined,
          domain,
          fmt::format("its {} not read", what),
          {},
          fmt::format("add Resolve-DnsName {} -Type TXT | ConvertTo-Json", name),
          {}};
}

// What strangers get where that is neither fail nor softfail.
std::string spf_advice(const auth::SpfStrangers& strangers) {
  if (strangers.by_own_name) {
    return fmt::format(
        "it asks a name that the sender chooses (%{{h}} is his HELO, %{{l}} his local part, %{{p}} "
        "the name of his address), so whoever has a domain of his own gets {}; take that term out",
        word_of(strangers.result));
  }
  switch (strangers.result) {
    case SpfResult::pass:
      return fmt::format("it lets anybody send in your name: {} passes", strangers.example.text());
    case SpfResult::neutral:
      return fmt::format("it refuses nobody: {} is neutral", strangers.example.text());
    default:
      return fmt::format("receivers can't evaluate it, so it refuses nobody: {}",
                         strangers.problem);
  }
}

// An export holds TXT records; addresses and exchanges are looked up by whoever reads this.
std::string what_it_hangs_on(const std::vector<auth::DnsQuestion>& records) {
  std::string names;
  for (const auth::DnsQuestion& each : records)
    append_item(names, fmt::format("{} ({})", each.name, name_of(each.type)));
  const auth::DnsQuestion& first = records.front();
  if (first.name.find("%{") != std::string::npos) {
    return fmt::format(
        "whether it refuses strangers hangs on {}, where the sender chooses which name is asked "
        "for; take that term out",
        names);
  }
  const std::string look =
      fmt::format("Resolve-DnsName {} -Type {}", first.name, name_of(first.type));
  if (first.type == auth::RecordType::txt) {
    return fmt::format(
        "whether it refuses strangers hangs on {}, not read: add {} | ConvertTo-Json", names, look);
  }
  return fmt::format(
      "whether it refuses strangers hangs on {}, which Postern does not look up: where {} finds "
      "{}, "
      "it lets strangers send in your name; take that term out",
      names, look,
      first.type == auth::RecordType::mx ? "hosts that have an address" : "an address");
}

void judge_spf(const Configuration& c, const std::string& domain, Finding& finding) {
  const auth::SpfStrangers strangers = auth::judge_spf_strangers(texts_of(c), domain);
  const bool refuses =
      strangers.result == SpfResult::fail || strangers.result == SpfResult::soft_fail;
  if (!strangers.determined) {
    finding.status = Status::not_determined;
    finding.advice = what_it_hangs_on(strangers.hangs_on);
  } else if (!refuses) {
    finding.advice = spf_advice(strangers);
  } else {
    finding.status = Status::pass;
    if (!strangers.taken_on_trust.empty()) {
      finding.advice = fmt::format("not read, and taken to list their owners' servers alone: {}",
                                   joined(strangers.taken_on_trust));
    }
  }
}

}  // namespace

auth::DmarcStanding dmarc_of(const Configuration& c, const std::string& domain) {
  return auth::dmarc_standing(texts_of(c), domain);
}

Finding dmarc_finding(const Configuration& c, const std::string& domain) {
  const auth::DmarcStanding standing = dmarc_of(c, domain);
  if (standing.state == DmarcState::not_known) {
    const std::string record = "_dmarc." + standing.unread;
    Finding finding = not_read(domain, "DMARC record was", record);
    if (standing.unread != domain) {
      finding.value =
          fmt::format("it goes by {} where that has a record, which was not read", record);
    }
    return finding;
  }
  const bool inherited = !standing.policy_domain.empty() && standing.policy_domain != domain;
  const auto* records = tenant::records_of(c, inherited ? standing.policy_domain : domain);
  Finding finding{Status::fail, domain, standing.record, {}, standing.because, {}};
  if (records != nullptr) finding.where = records->dmarc.origin;
  if (inherited) {
    finding.value += fmt::format(" (of {})", standing.policy_domain);
  }
  switch (standing.state) {
    case DmarcState::enforced:
      finding.status = Status::pass;
      break;
    case DmarcState::missing:
    case DmarcState::several:
      finding.value = standing.because;
      finding.advice.clear();
      break;
    case DmarcState::unreadable:
      finding.value = "no DMARC record: " + standing.record;
      break;
    default:
      break;
  }
  return finding;
}

Finding spf_finding(const Configuration& c, const std::string& domain) {
  const auto* texts = tenant::texts_at(c, domain);
  if (texts == nullptr) return not_read(domain, "TXT records were", domain);
  Finding finding{Status::fail, domain, {}, tenant::records_of(c, domain)->spf.origin, {}, {}};
  const auto is_record = [](const std::string& text) { return auth::is_spf_record(text); };
  const auto count = std::count_if(texts->begin(), texts->end(), is_record);
  if (count > 1) {
    finding.value = fmt::format("{} SPF records, which is an error (RFC 7208, 3.2)", count);
    return finding;
  }
  if (count == 0) {
    finding.value = "no SPF record";
    const auto meant = std::find_if(texts->begin(), texts->end(), [](const std::string& text) {
      return istarts_with(trim(text), "v=spf1");
    });
    if (meant != texts->end()) {
      finding.value += ": " + *meant;
      finding.advice = "begin with v=spf1 and a space (RFC 7208, 4.5)";
    }
    return finding;
  }
  finding.value = *std::find_if(texts->begin(), texts->end(), is_record);
  judge_spf(c, domain, finding);
  return finding;
}

}  // namespace postern::audit
