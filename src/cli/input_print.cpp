#include "cli/input_print.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "base/hex.hpp"

namespace postern::cli {

void InputPrint::add(std::string_view value) {
  digest_.add(fmt::format("{}:", value.size()));
  digest_.add(value);
}

Result<void> InputPrint::add_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (file == nullptr) {
    return fail(fmt::format("can't be read ({})", std::strerror(errno)), path,
                "check the path and its permissions");
  }
  add(path);
  std::vector<char> block(256 << 10);
  std::uint64_t size = 0;
  for (std::size_t got = 0; (got = std::fread(block.data(), 1, block.size(), file.get())) > 0;) {
    digest_.add({block.data(), got});
    size += got;
  }
  if (std::ferror(file.get()) != 0) {
    return fail(fmt::format("can't be read ({})", std::strerror(errno)), path);
  }
  add(std::to_string(size));
  return {};
}

Result<void> InputPrint::add_files(const std::string& path, Depth depth) {
  namespace fs = std::filesystem;
  std::error_code failed;
  if (!fs::is_directory(path, failed)) return add_file(path);
  std::vector<std::string> files;
  for (fs::recursive_directory_iterator it(path, failed), end; !failed && it != end;
       it.increment(failed)) {
    std::error_code unknown;
    if (depth == Depth::own) it.disable_recursion_pending();
    if (it->is_regular_file(unknown)) files.push_back(it->path().string());
  }
  if (failed) return fail(fmt::format("can't be read ({})", failed.message()), path);
  std::sort(files.begin(), files.end());
  for (const std::string& file : files) {
    if (auto added = add_file(file); !added) return added;
  }
  return {};
}

std::string InputPrint::text() {
  return "sha256:" + to_hex(digest_.finish());
}

}  // namespace postern::cli
