#include "cli/command.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <unistd.h>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::cli {
namespace {

// write(2) until everything is out.
bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Error system_error(std::string what, const std::string& where, std::string remedy) {
  return {std::move(what) + " (" + std::strerror(errno) + ")", where, std::move(remedy)};
}

Result<void> write_file(const std::string& path, std::string_view document) {
  const std::string beside = fmt::format("{}.{}.tmp", path, ::getpid());
  const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) {
    return tl::unexpected(
        system_error("can't be written", path, "check that the folder exists and is writable"));
  }
  const bool written = write_all(file, document) && ::fsync(file) == 0;
  const bool closed = ::close(file) == 0;
  if (!written || !closed || ::rename(beside.c_str(), path.c_str()) != 0) {
    const Error error = system_error("can't be written", path, "nothing was left there");
    ::unlink(beside.c_str());
    return tl::unexpected(error);
  }
  return {};
}

}  // namespace

bool OutputOptions::colour(const Environment& environment) const {
  return format == "text" && file.empty() && environment.output_is_terminal &&
         !environment.no_color;
}

void add_output_options(CLI::App& app, OutputOptions& options,
                        const std::vector<std::string>& formats) {
  app.add_option("--output", options.format, "What to write")
      ->check(CLI::IsMember(formats))
      ->capture_default_str();
  app.add_option("--out", options.file, "Write to this file instead of standard output")
      ->type_name("FILE");
}

Result<void> write_document(const OutputOptions& options, std::string_view document) {
  if (!options.file.empty()) return write_file(options.file, document);
  if (write_all(STDOUT_FILENO, document)) return {};
  // A reader that has seen enough (head, less) is no failure.
  if (errno == EPIPE) return {};
  return tl::unexpected(system_error("standard output can't be written", {}, {}));
}

Result<std::string> read_text(const std::string& path) {
  constexpr std::size_t most = 64u << 20;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  char block[65536];
  while (file.read(block, sizeof block) || file.gcount() > 0) {
    text.append(block, static_cast<std::size_t>(file.gcount()));
    if (text.size() > most) return fail("is larger than 64 MB", path, "name another file");
  }
  if (!file.eof()) return tl::unexpected(system_error("can't be read", path, "check the path"));
  return text;
}

int report_error(const Error& error) {
  fmt::print(stderr, "postern: {}\n", error.line());
  return bad_input;
}

}  // namespace postern::cli
