#include "cli/command.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <unistd.h>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "files/whole_file.hpp"

namespace postern::cli {
namespace {

Error system_error(std::string what, const std::string& where, std::string remedy) {
  return {std::move(what) + " (" + std::strerror(errno) + ")", where, std::move(remedy)};
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

void add_old_name(CLI::App& app, const std::string& name, std::string& value) {
  app.add_option(name, value)->group("");
}

Result<void> write_document(const OutputOptions& options, std::string_view document) {
  if (!options.file.empty()) return files::write_whole(options.file, document);
  if (files::write_all(STDOUT_FILENO, document)) return {};
  // A reader that has seen enough (head, less) is no failure.
  if (errno == EPIPE) return {};
  return tl::unexpected(system_error("standard output can't be written", {}, {}));
}

Result<std::string> read_text(const std::string& path) {
  constexpr std::size_t most = 64u << 20;
  return files::read_whole(path, most);
}

int report_error(const Error& error) {
  fmt::print(stderr, "postern: {}\n", error.line());
  return bad_input;
}

}  // namespace postern::cli
