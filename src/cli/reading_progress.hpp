// The line that tells how far the evidence has been read.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace postern::cli {

class ReadingProgress {
 public:
  /// Looks up how large the files are; of a pipe or standard input that is not known.
  explicit ReadingProgress(const std::vector<std::string>& files);

  /// The files before this one are done.
  void begin(std::size_t file) noexcept { file_ = file; }

  /// "events.csv: 120 of 800 MB (15 %), about 40 s left"; where the whole size is not known, or the
  /// file holds more than it has octets (an archive), "events.csv: 120 MB". A name is cut.
  [[nodiscard]] std::string line(std::uint64_t bytes, std::chrono::duration<double> taken) const;

 private:
  const std::vector<std::string>& files_;
  std::vector<std::uint64_t> before_;  ///< octets of all files before each; one more: of all
  bool known_ = true;
  std::size_t file_ = 0;
};

}  // namespace postern::cli
