// A message that is kept until it is judged: in memory up to a limit, beyond it in a file without a
// name, which is gone when the process is, however it ends.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace postern::gate {

class Hold {
 public:
  /// `folder` takes the file; empty: the system's own for temporary files.
  explicit Hold(std::size_t memory_limit, std::string folder = {}) noexcept
      : limit_(memory_limit), folder_(std::move(folder)) {}
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  ~Hold();

  /// False where the file can't be made or written (disk full): the message is lost and must be
  /// refused for now.
  bool append(std::string_view octets);
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool in_file() const noexcept { return descriptor_ >= 0; }
  /// Octets from `offset`; as many as are there and fit. 0 at the end, and where reading failed.
  std::size_t read(std::size_t offset, std::span<char> into) const;
  /// The whole message; valid until the next append(). A file is mapped. Empty where that failed.
  std::string_view view();

 private:
  bool spill();
  void unmap() noexcept;

  std::size_t limit_;
  std::string folder_;
  std::string memory_;
  std::size_t size_ = 0;
  void* map_ = nullptr;
  std::size_t map_size_ = 0;
  int descriptor_ = -1;
};

}  // namespace postern::gate
