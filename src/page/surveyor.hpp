// Makes the survey again while somebody looks, on a thread of its own that steps back for mail:
// with a low priority, and at rest for fifty times as long as the last one took.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/hash.hpp"
#include "base/time.hpp"
#include "page/running.hpp"
#include "page/survey.hpp"

namespace postern::page {

class Surveyor {
 public:
  /// `running` outlives this. An empty `ledger`: there is none, and never a survey.
  Surveyor(std::string ledger, const Running& running, UnixTime (*now)(), HashSeed seed);
  ~Surveyor();
  Surveyor(const Surveyor&) = delete;
  Surveyor& operator=(const Surveyor&) = delete;

  /// The last one; nullptr where none was made yet. `why`: what kept the last try from succeeding.
  [[nodiscard]] std::shared_ptr<const Survey> latest(std::string* why = nullptr) const;
  /// Somebody looks.
  void want();

 private:
  void run();
  bool is_stale(const Survey* survey, ledger::Reader& ledger) const;

  std::string file_;
  const Running& running_;
  UnixTime (*now_)();
  HashSeed seed_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool wanted_ = false;
  std::atomic<bool> ending_ = false;
  std::shared_ptr<const Survey> latest_;
  std::string fault_;
  std::thread thread_;
};

}  // namespace postern::page
