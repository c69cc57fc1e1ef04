#include "cli/command.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <unistd.h>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "cli/definitions.hpp"
#include "files/whole_file.hpp"

namespace postern::cli {
namespace {

Error system_error(std::string what, const std::string& where, std::string remedy) {
  return {std::move(what) + " (" + std::strerror(errno) + ")", where, std::move(remedy)};
}

}  // namespace

report::Style OutputOptions::style(const Environment& environment) const {
  const bool terminal = format == "text" && to_standard_output() && environment.output_is_terminal;
  return {terminal && !environment.no_color, environment.columns, terminal};
}

void add_format_option(CLI::App& app, std::string& format,
                       const std::vector<std::string>& formats) {
  const std::string command = full_name(app);
  const CLI::Validator known(
      [formats, command](const std::string& given) -> std::string {
        if (std::find(formats.begin(), formats.end(), given) != formats.end()) return {};
        return fmt::format("'{}' is no output of {}; use one of {}", printable(given), command,
                           joined(formats));
      },
      '{' + joined(formats, ",") + '}');
  app.add_option("--output", format, "What to write")->check(known)->capture_default_str();
}

void add_output_options(CLI::App& app, OutputOptions& options,
                        const std::vector<std::string>& formats) {
  add_format_option(app, options.format, formats);
  app.add_option("--out", options.file, "Write to this file instead of standard output")
      ->type_name("FILE");
}

Result<void> write_document(const OutputOptions& options, std::string_view document) {
  if (!options.to_standard_output()) {
    files::remove_leftovers(options.file);
    return files::write_whole(options.file, document);
  }
  if (files::write_all(STDOUT_FILENO, document)) return {};
  // A reader that has seen enough (head, less) is no failure.
  if (errno == EPIPE) return {};
  return tl::unexpected(system_error("standard output can't be written", {}, {}));
}

Result<void> write_document(const OutputOptions& options, const files::GivePieces& give) {
  if (!options.to_standard_output()) return files::write_pieces(options.file, give);
  if (files::write_all(STDOUT_FILENO, give) || errno == EPIPE) return {};
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
