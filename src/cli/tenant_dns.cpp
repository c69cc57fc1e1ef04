#include "cli/tenant_dns.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <set>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "auth/dmarc.hpp"
#include "auth/memory_zone.hpp"
#include "auth/resolver.hpp"
#include "auth/unbound_resolver.hpp"
#include "base/ascii.hpp"
#include "base/join.hpp"
#include "tenant/dns_records.hpp"

namespace postern::cli {
namespace {

using auth::DnsStatus;
using auth::RecordType;
using Steady = std::chrono::steady_clock;

// For all questions together; each waits five seconds at most.
constexpr std::chrono::seconds longest_in_all{20};
// libunbound answers more at once with failures.
constexpr std::size_t most_questions = 500;

struct Question {
  std::string domain;
  std::string name;
  RecordType type = RecordType::txt;
  tenant::DnsAnswer tenant::DnsRecords::*into = nullptr;
  auth::DnsAnswer answer;
  bool answered = false;
};

// Where else a receiver looks for the DMARC policy of an own domain (RFC 9989, 4.10).
std::set<std::string> names_above(const tenant::Configuration& configuration) {
  const std::vector<std::string> own = tenant::own_domains(configuration);
  std::set<std::string> out;
  for (const std::string& domain : own) {
    for (std::string& name : auth::tree_walk_names(domain))
      out.insert(std::move(name));
  }
  for (const std::string& domain : own)
    out.erase(domain);
  return out;
}

std::vector<Question> questions_of(const tenant::Configuration& configuration) {
  using Records = tenant::DnsRecords;
  std::vector<Question> out;
  for (const std::string& domain : tenant::own_domains(configuration)) {
    const auto* known = tenant::records_of(configuration, domain);
    const auto ask = [&](std::string name, RecordType type, tenant::DnsAnswer Records::*into) {
      if (known != nullptr && (known->*into).asked) return;
      out.push_back({domain, std::move(name), type, into, {}, false});
    };
    ask(domain, RecordType::txt, &Records::spf);
    ask("_dmarc." + domain, RecordType::txt, &Records::dmarc);
    // Exchange Online's two selectors ("How to use DKIM for email in your custom domain").
    for (const char* selector : {"selector1", "selector2"})
      ask(fmt::format("{}._domainkey.{}", selector, domain), RecordType::txt, &Records::dkim);
    ask(domain, RecordType::mx, &Records::mx);
  }
  for (const std::string& name : names_above(configuration)) {
    const auto* known = tenant::records_of(configuration, name);
    if (known != nullptr && known->dmarc.asked) continue;
    out.push_back({name, "_dmarc." + name, RecordType::txt, &Records::dmarc, {}, false});
  }
  return out;
}

std::vector<std::string> values_of(const Question& question) {
  if (question.type == RecordType::txt) return question.answer.texts;
  auto exchanges = question.answer.exchanges;
  std::stable_sort(exchanges.begin(), exchanges.end(),
                   [](const auto& a, const auto& b) { return a.preference < b.preference; });
  std::vector<std::string> out;
  for (const auto& each : exchanges)
    if (!each.host.empty()) out.push_back(each.host);
  return out;
}

bool is_known(const Question& question) {
  return question.answered &&
         (question.answer.status == DnsStatus::success || auth::is_void(question.answer.status));
}

// Both selectors make one answer; where one of them failed, what was found is not all.
void take(tenant::Configuration& configuration, const std::vector<Question>& questions) {
  std::vector<std::string> open;
  for (const Question& question : questions) {
    if (is_known(question)) continue;
    open.push_back(fmt::format("{} {} ({})", question.name, auth::name_of(question.type),
                               question.answered ? auth::name_of(question.answer.status)
                                                 : auth::name_of(DnsStatus::timeout)));
  }
  for (const Question& question : questions) {
    const bool all_known = std::all_of(questions.begin(), questions.end(), [&](const auto& other) {
      return other.domain != question.domain || other.into != question.into || is_known(other);
    });
    if (!all_known) continue;
    configuration.dns.known = true;
    tenant::DnsAnswer& into = configuration.dns.value[question.domain].*question.into;
    into.asked = true;
    into.origin = {"DNS", question.name};
    for (std::string& value : values_of(question))
      into.values.push_back(std::move(value));
  }
  if (open.empty()) return;
  const std::size_t shown = std::min<std::size_t>(open.size(), 3);
  configuration.remarks.push_back(fmt::format(
      "DNS did not answer {} of {} questions, so these records are not known: {}{}; --resolver "
      "names another resolver",
      open.size(), questions.size(),
      joined(std::vector<std::string>(open.begin(),
                                      open.begin() + static_cast<std::ptrdiff_t>(shown))),
      shown < open.size() ? fmt::format(" and {} more", open.size() - shown) : ""));
}

}  // namespace

void add_record_options(CLI::App& app, RecordLookup& lookup) {
  app.add_flag("--resolve", lookup.resolve,
               "Ask DNS for SPF, DKIM, DMARC and MX of the tenant's domains, where they are not "
               "known");
  add_dns_options(app, lookup.dns, ", with --resolve");
}

Result<void> check_record_options(const RecordLookup& lookup) {
  if (lookup.resolve || (lookup.dns.resolver.empty() && lookup.dns.zone.empty())) return {};
  return fail("needs --resolve", lookup.dns.zone.empty() ? "--resolver" : "--zone",
              "add --resolve to ask DNS for the tenant's records");
}

void complete_records(tenant::Configuration& configuration, auth::Resolver& resolver,
                      const std::function<bool()>& wait) {
  std::vector<Question> questions = questions_of(configuration);
  std::size_t under_way = 0;
  bool waiting = true;
  for (Question& question : questions) {
    while (waiting && under_way >= most_questions)
      waiting = wait();
    if (!waiting) break;
    ++under_way;
    resolver.query(question.name, question.type, [&question, &under_way](auth::DnsAnswer answer) {
      question.answer = std::move(answer);
      question.answered = true;
      --under_way;
    });
  }
  while (waiting && under_way > 0)
    waiting = wait();
  take(configuration, questions);
}

Result<void> complete_records(tenant::Configuration& configuration, const RecordLookup& lookup,
                              bool live) {
  if (!lookup.resolve) {
    if (live && !questions_of(configuration).empty()) {
      configuration.remarks.emplace_back(
          "SPF, DKIM, DMARC and MX of the domains are not known: the admin interface has no DNS; "
          "--resolve asks");
    }
    return {};
  }
  if (!lookup.dns.zone.empty()) {
    const auto zone = open_zone(lookup.dns);
    if (!zone) return tl::unexpected(zone.error());
    complete_records(configuration, **zone, [] { return false; });
    return {};
  }
  auto opened = open_resolver(lookup.dns);
  if (!opened) return tl::unexpected(opened.error());
  // Answers that come too late find nothing to be written to.
  const std::unique_ptr<auth::UnboundResolver> resolver = std::move(*opened);
  const auto end = Steady::now() + longest_in_all;
  complete_records(configuration, *resolver, [&] {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Steady::now());
    if (left.count() <= 0) return false;
    resolver->wait(left);
    return true;
  });
  return {};
}

}  // namespace postern::cli
