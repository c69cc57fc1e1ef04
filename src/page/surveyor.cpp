#include "page/surveyor.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

#include "ledger/reader.hpp"

namespace postern::page {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds shortest_rest{5000};
constexpr int rests = 50;

}  // namespace

Surveyor::Surveyor(std::string ledger, const Running& running, UnixTime (*now)(), HashSeed seed)
    : file_(std::move(ledger)), running_(running), now_(now), seed_(seed) {
  if (!file_.empty()) thread_ = std::thread([this] { run(); });
}

Surveyor::~Surveyor() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

std::shared_ptr<const Survey> Surveyor::latest(std::string* why) const {
  const std::lock_guard lock(mutex_);
  if (why != nullptr) *why = fault_;
  return latest_;
}

void Surveyor::want() {
  {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
  }
  wake_.notify_one();
}

bool Surveyor::is_stale(const Survey* survey, ledger::Reader& ledger) const {
  if (survey == nullptr || survey->snapshot != running_.now()->number) return true;
  const auto newest = ledger.newest();
  return !newest || *newest != survey->up_to;
}

void Surveyor::run() {
  // Linux: of this thread alone.
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 5);
  auto rest_until = std::chrono::steady_clock::now();
  std::uint64_t seen = 0;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return ending_ || wanted_; });
      // What a person changed is shown at once.
      const auto changed = [&] { return ending_ || running_.now()->number != seen; };
      while (!changed() && std::chrono::steady_clock::now() < rest_until) {
        wake_.wait_until(
            lock, std::min(rest_until, std::chrono::steady_clock::now() + milliseconds(500)));
      }
      if (ending_) return;
      wanted_ = false;
    }
    const auto begun = std::chrono::steady_clock::now();
    const auto snapshot = running_.now();
    seen = snapshot->number;
    std::shared_ptr<const Survey> made;
    std::string fault;
    auto opened = ledger::Reader::open(file_);
    if (!opened) {
      fault = opened.error().line();
    } else if (is_stale(latest().get(), **opened)) {
      auto survey = survey_of(**opened, *snapshot, now_(), seed_, ending_);
      if (survey) {
        made = std::move(*survey);
      } else {
        fault = survey.error().line();
      }
    }
    const auto ended = std::chrono::steady_clock::now();
    rest_until = ended + std::max<std::chrono::steady_clock::duration>(shortest_rest,
                                                                       rests * (ended - begun));
    const std::lock_guard lock(mutex_);
    if (made) latest_ = std::move(made);
    fault_ = std::move(fault);
  }
}

}  // namespace postern::page
