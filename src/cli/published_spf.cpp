#include "cli/published_spf.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "auth/memory_zone.hpp"
#include "auth/spf.hpp"
#include "auth/unbound_resolver.hpp"
#include "auth/zone_file.hpp"
#include "cli/command.hpp"

namespace postern::cli {
namespace {

using evidence::AuthResult;
using impact::SpfQuestion;

// So many at once: libunbound answers most from what it has just learnt.
constexpr std::size_t most_under_way = 200;

AuthResult result_of(auth::SpfResult result) {
  switch (result) {
    case auth::SpfResult::none:
      return AuthResult::none;
    case auth::SpfResult::pass:
      return AuthResult::pass;
    case auth::SpfResult::fail:
      return AuthResult::fail;
    case auth::SpfResult::soft_fail:
      return AuthResult::soft_fail;
    case auth::SpfResult::neutral:
      return AuthResult::neutral;
    case auth::SpfResult::temp_error:
      return AuthResult::temp_error;
    case auth::SpfResult::perm_error:
      return AuthResult::perm_error;
  }
  return AuthResult::unknown;
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
  if (!options.zone.empty()) {
    const auto text = read_text(options.zone);
    if (!text) return tl::unexpected(text.error());
    auto zone = std::make_shared<auth::MemoryZone>();
    if (auto read = auth::read_zone(*text, options.zone, *zone); !read) {
      return tl::unexpected(read.error());
    }
    return [zone, now = options.now](const std::vector<SpfQuestion>& questions) {
      return ask_zone(*zone, questions, now);
    };
  }
  auth::UnboundOptions resolving;
  resolving.forwarder = options.resolver;
  auto opened = auth::UnboundResolver::open(resolving);
  if (!opened) return tl::unexpected(opened.error());
  const std::shared_ptr<auth::UnboundResolver> resolver = std::move(*opened);
  return [resolver, options](const std::vector<SpfQuestion>& questions) {
    return ask_dns(*resolver, questions, options);
  };
}

}  // namespace postern::cli
