#include "cli/lookups.hpp"

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <utility>

#include "auth/caching_resolver.hpp"
#include "auth/memory_zone.hpp"
#include "auth/spf.hpp"
#include "auth/unbound_resolver.hpp"
#include "message/authentication_results.hpp"

namespace postern::cli {
namespace {

using evidence::AuthResult;
using impact::SpfQuestion;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// So many at once: libunbound answers most from what it has just learnt.
constexpr std::size_t most_under_way = 200;
// One message that nobody answers about must not take the time of all others.
constexpr milliseconds longest_for_a_message{5000};

AuthResult result_of(auth::SpfResult result) {
  return message::parse_auth_result(auth::word_of(result));
}

// The time during which somebody asks, however many do.
class AskingTime {
 public:
  explicit AskingTime(milliseconds all) : all_(all) {}

  void renew() {
    const std::lock_guard lock(mutex_);
    spent_ = {};
    since_ = Clock::now();
  }
  /// Begins to count; what is left.
  milliseconds begin() {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    if (asking_++ == 0) since_ = now;
    return std::chrono::duration_cast<milliseconds>(all_ - spent_ - (now - since_));
  }
  void end() {
    const std::lock_guard lock(mutex_);
    if (--asking_ == 0) spent_ += Clock::now() - since_;
  }

 private:
  std::mutex mutex_;
  Clock::duration all_;
  Clock::duration spent_{};
  Clock::time_point since_;
  unsigned asking_ = 0;
};

class Asking {
 public:
  explicit Asking(AskingTime& time) : time_(time), left_(time.begin()) {}
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;
  ~Asking() { time_.end(); }
  [[nodiscard]] milliseconds left() const noexcept { return left_; }

 private:
  AskingTime& time_;
  milliseconds left_;
};

UnixTime seconds_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(Clock::now().time_since_epoch()).count();
}

// A resolver for one thread at a time, with what it has learnt.
struct Asker {
  Asker(std::unique_ptr<auth::UnboundResolver> opened, HashSeed seed)
      : dns(std::move(opened)), cache(*dns, seconds_now, limits(seed)) {}
  static auth::CachingResolver::Limits limits(HashSeed seed) {
    auth::CachingResolver::Limits out;
    out.seed = seed;
    return out;
  }
  std::unique_ptr<auth::UnboundResolver> dns;
  auth::CachingResolver cache;
};

}  // namespace

struct Lookups::State {
  explicit State(const LookupOptions& given) : options(given), time(given.time) {}

  LookupOptions options;
  AskingTime time;
  std::mutex mutex;  // of what follows
  std::unique_ptr<auth::MemoryZone> zone;
  std::vector<std::unique_ptr<Asker>> idle;

  // Null where libunbound refuses another one.
  std::unique_ptr<Asker> take_asker() {
    {
      const std::lock_guard lock(mutex);
      if (!idle.empty()) {
        auto asker = std::move(idle.back());
        idle.pop_back();
        return asker;
      }
    }
    auto opened = open_resolver(options.dns);
    return opened ? std::make_unique<Asker>(std::move(*opened), options.seed) : nullptr;
  }
  void give_back(std::unique_ptr<Asker> asker) {
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(asker));
  }

  [[nodiscard]] auth::SpfQuery query_of(const SpfQuestion& question) const {
    return {question.address, question.mail_from, question.domain, {}, options.now};
  }

  std::vector<AuthResult> ask_zone(const std::vector<SpfQuestion>& questions) {
    const std::lock_guard lock(mutex);
    std::vector<AuthResult> answers;
    for (const SpfQuestion& question : questions) {
      const auto outcome = auth::run_now(auth::check_spf(*zone, query_of(question)));
      answers.push_back(outcome ? result_of(outcome->result) : AuthResult::unknown);
    }
    return answers;
  }

  std::vector<AuthResult> ask_dns(Asker& asker, const std::vector<SpfQuestion>& questions,
                                  milliseconds limit) {
    std::vector<AuthResult> answers(questions.size(), AuthResult::unknown);
    std::vector<std::optional<auth::Task<auth::SpfOutcome>>> under_way(questions.size());
    std::vector<std::size_t> done;
    std::size_t started = 0;
    std::size_t finished = 0;
    const auto end = Clock::now() + limit;
    while (finished < questions.size()) {
      while (started < questions.size() && started - finished < most_under_way) {
        const std::size_t number = started++;
        under_way[number] = auth::check_spf(asker.cache, query_of(questions[number]));
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
      const auto left = std::chrono::duration_cast<milliseconds>(end - Clock::now());
      if (left.count() <= 0) break;
      asker.dns->wait(left);
    }
    return answers;
  }
};

Lookups::Lookups(std::unique_ptr<State> state) : state_(std::move(state)) {}
Lookups::~Lookups() = default;

Result<std::shared_ptr<Lookups>> Lookups::open(const LookupOptions& options) {
  auto state = std::make_unique<State>(options);
  if (!options.dns.zone.empty()) {
    auto zone = open_zone(options.dns);
    if (!zone) return tl::unexpected(zone.error());
    state->zone = std::move(*zone);
  } else {
    auto resolver = open_resolver(options.dns);
    if (!resolver) return tl::unexpected(resolver.error());
    state->give_back(std::make_unique<Asker>(std::move(*resolver), options.seed));
  }
  return std::shared_ptr<Lookups>(new Lookups(std::move(state)));
}

void Lookups::renew_time() {
  state_->time.renew();
}

std::vector<AuthResult> Lookups::published_spf(const std::vector<SpfQuestion>& questions) {
  if (state_->zone) return state_->ask_zone(questions);
  const Asking asking(state_->time);
  auto asker = state_->take_asker();
  if (!asker) return std::vector<AuthResult>(questions.size(), AuthResult::unknown);
  auto answers = state_->ask_dns(*asker, questions, asking.left());
  state_->give_back(std::move(asker));
  return answers;
}

std::optional<auth::MessageAuthentication> Lookups::finish(auth::MessageCheck& check) {
  if (state_->zone) {
    const std::lock_guard lock(state_->mutex);
    return auth::run_now(check.finish(*state_->zone));
  }
  const Asking asking(state_->time);
  if (asking.left().count() <= 0) return std::nullopt;
  auto asker = state_->take_asker();
  if (!asker) return std::nullopt;
  auto found =
      asker->dns->run(check.finish(asker->cache), std::min(asking.left(), longest_for_a_message));
  state_->give_back(std::move(asker));
  return found;
}

}  // namespace postern::cli
