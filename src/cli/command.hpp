// What every subcommand shares: exit codes, the environment it runs in, and how it writes its
// document.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "cli/exit_code.hpp"
#include "cli/locale.hpp"
#include "files/whole_file.hpp"
#include "report/renderers.hpp"
#include "report/style.hpp"

namespace CLI {
class App;
}

namespace postern::cli {

/// What the process found around it, read once in main.
struct Environment {
  UnixTime now = 0;  ///< the only clock reading of a run
  HashSeed seed;     ///< for the tables that mail fills
  bool output_is_terminal = false;
  bool shows_progress = false;  ///< standard error is a terminal that can write a line over
  bool dumb_terminal = false;   ///< TERM is "dumb" or not set: it can't be drawn on
  bool no_color = false;        ///< NO_COLOR is set (no-color.org), or the terminal is dumb
  Locale locale;
  std::size_t columns = 100;  ///< width of the terminal
  std::string folder;         ///< the current one
};

/// What --excel takes.
inline constexpr std::array<std::string_view, 3> excel_values = {"locale", "semicolon", "comma"};

/// --output and --out.
struct OutputOptions {
  std::string format = "text";
  std::string file;  ///< empty or "-": standard output
  bool redact = false;
  bool everything = false;  ///< --sarif-all
  /// --excel: one of excel_values; empty: the CSV of RFC 4180.
  std::string excel = {};
  /// The command's outputs that --redact is for.
  std::vector<std::string> redacted = {};

  [[nodiscard]] bool to_standard_output() const noexcept { return file.empty() || file == "-"; }
  /// Colour and pictures only for text on a terminal.
  [[nodiscard]] report::Style style(const Environment&) const;
};

/// Adds --output, which takes one of `formats`, for commands whose --out is no document.
void add_format_option(CLI::App&, std::string& format, const std::vector<std::string>& formats);
/// Adds --output and --out; where one of them is redacted, --redact; where one is SARIF,
/// --sarif-all.
void add_output_options(CLI::App&, OutputOptions&, const std::vector<std::string>& formats);
/// The same, with every format in which the document can be written.
template <class Document>
void add_output_options(CLI::App& app, OutputOptions& options) {
  add_output_options(app, options, report::formats_of<Document>());
}

/// Writes a whole document to standard output, or to the file: first beside it, then renamed, so
/// that a failure leaves nothing half-written.
Result<void> write_document(const OutputOptions&, std::string_view document);

/// The same for a document that comes in pieces, which is never in memory as a whole.
Result<void> write_document(const OutputOptions&, const files::GivePieces& give);

/// For before anything is read. Errors: --redact with an output that holds everything; --sarif-all
/// with what is no SARIF; a page for a browser to a terminal; --excel with what is no CSV, or in a
/// locale that is not here.
Result<void> check_output(const OutputOptions&, const Environment&);
/// For before anything is read, where another document than the option was made for is written.
/// Error: it is not written as that; `of` names it.
Result<void> check_written_as(const OutputOptions&, const std::string& of,
                              const std::vector<std::string>& formats);
template <class Document>
Result<void> check_written_as(const OutputOptions& options, const std::string& of) {
  return check_written_as(options, of, report::formats_of<Document>());
}
/// For an option that decides the exit status by what text and JSON alone tell. Error: another
/// output is asked for.
Result<void> check_told(const OutputOptions&, const std::string& option);

/// Text as the terminal that it goes to can show it: without UTF-8 in ASCII (report::in_ascii).
/// Anything else stays as it is.
std::string shown(const OutputOptions&, const Environment&, std::string document);

/// Renders the document in the format that was asked for, and writes it.
template <class Document>
Result<void> write_rendered(const OutputOptions& options, const Environment& environment,
                            const Document& document) {
  if (auto fine = check_written_as<Document>(options, "this"); !fine) return fine;
  const auto render = report::renderer_of<Document>(options.format);
  if (const auto fits = check_output(options, environment); !fits) return fits;
  return write_document(options,
                        shown(options, environment, render(document, options.style(environment))));
}

/// A small file whole: settings that a person wrote. Errors: can't be read, over 64 MB.
Result<std::string> read_text(const std::string& path);

/// One line on standard error. Returns ExitCode::bad_input.
int report_error(const Error&);
/// Reports all faults but the last, which it returns: whoever takes an error reports that. At least
/// one.
Error last_of(std::vector<Error> faults);

/// Adds a command that does nothing but lead to those below it.
CLI::App& add_group(CLI::App& parent, const std::string& name, const std::string& description);

/// Adds a subcommand, which `options` gives what it takes; when it was chosen, `exit_code` holds
/// what `run` came to after parsing.
CLI::App& add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::function<void(CLI::App&)>& options, std::function<int()> run,
                      int& exit_code);
/// The same where options fill an Arguments. The environment outlives the program.
template <class Arguments>
CLI::App& add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      void (*options)(CLI::App&, Arguments&),
                      int (*run)(const Arguments&, const Environment&),
                      const Environment& environment, int& exit_code) {
  const auto arguments = std::make_shared<Arguments>();
  return add_command(
      parent, name, description, [&](CLI::App& command) { options(command, *arguments); },
      [arguments, run, &environment] { return run(*arguments, environment); }, exit_code);
}

// Each adds its subcommand.
void add_audit_command(CLI::App&, const Environment&, int& exit_code);
void add_impact_command(CLI::App&, const Environment&, int& exit_code);
void add_plan_command(CLI::App&, const Environment&, int& exit_code);
void add_report_command(CLI::App&, const Environment&, int& exit_code);
void add_apply_command(CLI::App&, const Environment&, int& exit_code);
void add_rollback_command(CLI::App&, const Environment&, int& exit_code);
void add_probe_command(CLI::App&, const Environment&, int& exit_code);
void add_diff_command(CLI::App&, const Environment&, int& exit_code);
void add_explain_command(CLI::App&, const Environment&, int& exit_code);
void add_evidence_command(CLI::App&, const Environment&, int& exit_code);
void add_login_command(CLI::App&, const Environment&, int& exit_code);
void add_tenant_command(CLI::App&, const Environment&, int& exit_code);
void add_senders_command(CLI::App&, const Environment&, int& exit_code);
void add_gate_command(CLI::App&, const Environment&, int& exit_code);
void add_policy_command(CLI::App&, const Environment&, int& exit_code);
void add_ledger_command(CLI::App&, const Environment&, int& exit_code);
void add_cluster_command(CLI::App&, int& exit_code);
void add_auth_command(CLI::App&, const Environment&, int& exit_code);
void add_srs_command(CLI::App&, const Environment&, int& exit_code);
/// `manual` and `completion`. Call last: they describe the commands that are there.
void add_manual_commands(CLI::App&, int& exit_code);

}  // namespace postern::cli
