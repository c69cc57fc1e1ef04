#include "cli/reading_progress.hpp"

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/time_left.hpp"

namespace postern::cli {

ReadingProgress::ReadingProgress(const std::vector<std::string>& files) : files_(files) {
  std::uint64_t all = 0;
  for (const std::string& file : files) {
    before_.push_back(all);
    std::error_code unknown;
    const bool regular = std::filesystem::is_regular_file(file, unknown);
    const std::uint64_t size = regular ? std::filesystem::file_size(file, unknown) : 0;
    known_ = known_ && regular && !unknown;
    all += size;
  }
  before_.push_back(all);
}

std::string ReadingProgress::line(std::uint64_t bytes, std::chrono::duration<double> taken) const {
  constexpr double mega = 1e6;
  constexpr std::size_t longest_name = 40;
  const std::uint64_t all = before_.back();
  const std::uint64_t done = before_[file_] + bytes;
  const std::string name = printable(files_[file_].substr(0, longest_name));
  if (!known_ || all == 0 || done > before_[file_ + 1]) {
    return fmt::format("{}: {:.0f} MB", name, static_cast<double>(bytes) / mega);
  }
  const double part = static_cast<double>(done) / static_cast<double>(all);
  return fmt::format("{}: {:.0f} of {:.0f} MB ({:.0f} %){}", name, static_cast<double>(done) / mega,
                     static_cast<double>(all) / mega, part * 100, time_left(part, taken));
}

}  // namespace postern::cli
