#include "cli/side_by_side.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace postern::cli {

void side_by_side(std::size_t count, unsigned workers, const std::function<SideJob()>& make_job) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    const SideJob job = make_job();
    for (std::size_t i = next++; i < count; i = next++)
      job(i);
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < std::min<std::size_t>(workers, count); ++i)
    threads.emplace_back(work);
  work();
  for (std::thread& thread : threads)
    thread.join();
}

}  // namespace postern::cli
