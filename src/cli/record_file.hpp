// Where a record lives: one file, held by one process at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace postern::cli {

class RecordFile {
 public:
  /// Takes the lock beside `path`. Error: another process works with the same record.
  static Result<RecordFile> hold(const std::string& path);
  RecordFile(RecordFile&&) noexcept;
  RecordFile& operator=(RecordFile&&) noexcept;
  RecordFile(const RecordFile&) = delete;
  RecordFile& operator=(const RecordFile&) = delete;
  ~RecordFile();

  /// nullopt where there is none yet.
  [[nodiscard]] Result<std::optional<std::string>> read() const;
  /// On disk, its folder's entry included, when this returns; a crash leaves the old one or the
  /// new.
  [[nodiscard]] Result<void> save(std::string_view document) const;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  RecordFile(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::string path_;
  int lock_ = -1;
};

}  // namespace postern::cli
