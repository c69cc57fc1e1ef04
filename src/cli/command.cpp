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
#include "cli/version.hpp"
#include "files/whole_file.hpp"
#include "report/text.hpp"

namespace postern::cli {
namespace {

// Excel takes a file without it for one in the code page of old.
constexpr std::string_view excel_mark = "\xef\xbb\xbf";

// In a file always: whoever opens it may be Excel. A pipe leads to a program, which was not asked.
bool has_mark(const OutputOptions& options) {
  return options.format == "csv" && (!options.to_standard_output() || !options.excel.empty());
}

bool contains(const std::vector<std::string>& formats, std::string_view format) {
  return std::find(formats.begin(), formats.end(), format) != formats.end();
}

Error system_error(std::string what, const std::string& where, std::string remedy) {
  return {std::move(what) + " (" + std::strerror(errno) + ")", where, std::move(remedy)};
}

}  // namespace

report::Style OutputOptions::style(const Environment& environment) const {
  const bool terminal = format == "text" && to_standard_output() && environment.output_is_terminal;
  report::Style out{terminal && !environment.no_color, environment.columns, terminal};
  out.version = version;
  out.made_at = environment.now;
  const bool semicolon =
      excel == "semicolon" || (excel == "locale" && environment.locale.decimal_point == ',');
  if (semicolon) {
    out.csv_separator = ';';
    out.csv_decimal = ',';
  }
  if (redact) out.redact = environment.seed;
  out.everything = everything;
  out.folder = environment.folder;
  return out;
}

void add_format_option(CLI::App& app, std::string& format,
                       const std::vector<std::string>& formats) {
  const std::string command = full_name(app);
  const CLI::Validator known(
      [formats, command](const std::string& given) -> std::string {
        if (contains(formats, given)) return {};
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
  if (contains(formats, "csv")) {
    app.add_flag("--excel{locale}", options.excel,
                 "Write CSV as Excel opens it by a double click: with a byte order mark, and apart "
                 "by what your locale has it; --excel=semicolon or --excel=comma say it outright")
        ->check(CLI::IsMember(std::vector<std::string>(excel_values.begin(), excel_values.end())));
  }
  options.redacted = report::redacted_of(formats);
  if (!options.redacted.empty()) {
    app.add_flag("--redact", options.redact,
                 "For passing it on: hash the local parts of addresses, leave subjects out (" +
                     joined(options.redacted) + ')');
  }
  if (contains(formats, "sarif")) {
    app.add_flag("--sarif-all", options.everything,
                 "In SARIF, tell of what passes and of what is waived too");
  }
}

CLI::App& add_group(CLI::App& parent, const std::string& name, const std::string& description) {
  CLI::App& group = *parent.add_subcommand(name, description);
  group.require_subcommand(1);
  group.footer("Exit status: that of the command below it; 2 where none is named.");
  return group;
}

CLI::App& add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::function<void(CLI::App&)>& options, std::function<int()> run,
                      int& exit_code) {
  CLI::App& command = *parent.add_subcommand(name, description);
  // CLI11 hands it down, and what it says of the exit status is of the commands above.
  command.footer(std::string());
  options(command);
  command.callback([run = std::move(run), &exit_code] { exit_code = run(); });
  return command;
}

Result<void> check_output(const OutputOptions& options, const Environment& environment) {
  if (options.format == "html" && options.to_standard_output() && environment.output_is_terminal) {
    return fail("is a page for a browser, not for a terminal", "HTML", "add --out report.html");
  }
  if (!options.excel.empty() && options.format != "csv") {
    return fail("is for CSV", "--excel", "add --output csv");
  }
  if (options.excel == "locale" && !environment.locale.known) {
    return fail(fmt::format("the locale '{}' is not installed here, so what it puts between cells "
                            "is not known",
                            printable(environment.locale.name)),
                "--excel", "say --excel=semicolon or --excel=comma");
  }
  if (options.everything && options.format != "sarif") {
    return fail("is for SARIF", "--sarif-all", "add --output sarif");
  }
  if (options.redact && !contains(options.redacted, options.format)) {
    return fail("holds everything, and can't be redacted", "--output " + options.format,
                "use one of " + joined(options.redacted));
  }
  return {};
}

Result<void> check_written_as(const OutputOptions& options, const std::string& of,
                              const std::vector<std::string>& formats) {
  if (contains(formats, options.format)) return {};
  return fail(fmt::format("'{}' is no output of {}", printable(options.format), of), "--output",
              "use one of " + joined(formats));
}

Result<void> check_told(const OutputOptions& options, const std::string& option) {
  if (options.format == "text" || options.format == "json") return {};
  return fail(fmt::format("is told by text and json, and not by {}", options.format), option,
              "leave --output away, or say --output json");
}

std::string shown(const OutputOptions& options, const Environment& environment,
                  std::string document) {
  const bool ascii = options.format == "text" && options.to_standard_output() &&
                     environment.output_is_terminal && !environment.locale.utf8;
  if (!ascii) return document;
  return report::in_ascii(document);
}

Result<void> write_document(const OutputOptions& options, std::string_view document) {
  return write_document(options, [document](const auto& take) { take(document); });
}

Result<void> write_document(const OutputOptions& options, const files::GivePieces& give) {
  const files::GivePieces marked = [&](const auto& take) {
    if (has_mark(options)) take(excel_mark);
    give(take);
  };
  if (!options.to_standard_output()) {
    files::remove_leftovers(options.file);
    return files::write_pieces(options.file, marked);
  }
  // A reader that has seen enough (head, less) is no failure.
  if (files::write_all(STDOUT_FILENO, marked) || errno == EPIPE) return {};
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

Error last_of(std::vector<Error> faults) {
  Error last = std::move(faults.back());
  faults.pop_back();
  for (const Error& fault : faults)
    (void)report_error(fault);
  return last;
}

}  // namespace postern::cli
