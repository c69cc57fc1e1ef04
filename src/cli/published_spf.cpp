#include "cli/published_spf.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "auth/memory_zone.hpp"
#include "auth/spf.hpp"
#include "auth/unbound_resolver.hpp"
#include "message/authentication_results.hpp"

namespace postern::cli {
namespace {

using evidence::AuthResult;
using impact::SpfQuestion;

// So many at once: libunbound answers most from what it has just learnt.
constexpr std::size_t most_under_way = 200;

AuthResult result_of(auth::SpfResult result) {
  return message::parse_auth_result(auth::word_of(result));
}

auth::SpfQuery query_of(const SpfQuestion& question, UnixTime now) {
  return {question.address, question.mail_from, question.domain, {}, now};
}

std::vector<AuthResult> ask_zone(auth::MemoryZone& zone, const std::vector<SpfQuestion>& questions,
                                 UnixTime now) {
  std::vector<AuthResult> answers;
  for (const SpfQuestion& question : questions) {
    const auto outcome = auth::run_now(auth::check_spf(zone, query_of(question, now)));
    answers.push_back(outcome ? result_of(outcome->result) : AuthResult::unknown);
  }
  return answers;
}

std::vector<AuthResult> ask_dns(auth::UnboundResolver& resolver,
                                const std::vector<SpfQuestion>& questions,
                                const ResolveOptions& options) {
  std::vector<AuthResult> answers(questions.size(), AuthResult::unknown);
  std::vector<std::optional<auth::Task<auth::SpfOutcome>>> under_way(questions.size());
  std::vector<std::size_t> done;
  std::size_t started = 0;
  std::size_t finished = 0;
  const auto end = std::chrono::steady_clock::now() + options.time;
  while (finished < questions.size()) {
    while (started < questions.size() && started - finished < most_under_way) {
      const std::size_t number = started++;
      under_way[number] = auth::check_spf(resolver, query_of(questions[number], options.now));
      under_way[number]->start([&answers, &done, number](const auth::SpfOutcome& outcome) {
        answers[number] = result_of(outcome.result);
        done.push_back(number);
      });
    }
    finished += done.size();
    for (const std::size_t number : done)
      under_way[number].reset();
    // A task that ended at once makes room for the next one.
    if (!std::exchange(done, {}).empty()) continue;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    if (left.count() <= 0) break;
    resolver.wait(left);
  }
  return answers;
}

}  // namespace

Result<impact::PublishedSpf> published_spf(const ResolveOptions& options) {
  if (!options.dns.zone.empty()) {
    auto opened = open_zone(options.dns);
    if (!opened) return tl::unexpected(opened.error());
    const std::shared_ptr<auth::MemoryZone> zone = std::move(*opened);
    return [zone, now = options.now](const std::vector<SpfQuestion>& questions) {
      return ask_zone(*zone, questions, now);
    };
  }
  auto opened = open_resolver(options.dns);
  if (!opened) return tl::unexpected(opened.error());
  const std::shared_ptr<auth::UnboundResolver> resolver = std::move(*opened);
  return [resolver, options](const std::vector<SpfQuestion>& questions) {
    return ask_dns(*resolver, questions, options);
  };
}

}  // namespace postern::cli
