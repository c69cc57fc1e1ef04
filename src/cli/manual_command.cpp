// postern manual, postern completion: the program's own pages and shell completions.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/completions.hpp"
#include "cli/man_pages.hpp"
#include "cli/option_page.hpp"
#include "cli/output_page.hpp"
#include "cli/version.hpp"

namespace postern::cli {
namespace {

int write_pages(const CLI::App& app, const std::string& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) {
    return report_error({"can't be created (" + failed.message() + ")", folder,
                         "name a folder that can be written"});
  }
  const CommandDefinition root = describe(app);
  for (const CommandDefinition* command : flatten(root)) {
    OutputOptions page;
    page.file = (std::filesystem::path(folder) / (command->name('-') + ".1")).string();
    const auto written = write_document(page, man_page(*command, root, version));
    if (!written) return report_error(written.error());
  }
  return holds;
}

int write_completion(const CLI::App& app, const std::string& shell, const OutputOptions& output) {
  const CommandDefinition root = describe(app);
  const auto* known = std::find_if(completion_shells.begin(), completion_shells.end(),
                                   [&](const CompletionShell& each) { return each.name == shell; });
  const auto written = write_document(output, known->script(root));
  return written ? holds : report_error(written.error());
}

}  // namespace

void add_manual_commands(CLI::App& app, int& exit_code) {
  struct Pages {
    std::string folder;
    bool outputs = false;
    bool options = false;
  };
  auto pages = std::make_shared<Pages>();
  auto* manual = app.add_subcommand("manual", "Write the man pages.");
  auto* folder =
      manual->add_option("--out", pages->folder, "Folder for the pages, made if it isn't there");
  folder->type_name("DIR");
  manual->add_flag("--outputs", pages->outputs, "Print which command writes what (docs/outputs.md)")
      ->excludes(folder);
  manual
      ->add_flag("--options", pages->options,
                 "Print every option of every command (docs/options.md)")
      ->excludes(folder);
  manual->footer("Exit status: 0 written; 2 wrong usage, or the folder can't be written.");
  manual->callback([pages, &app, &exit_code] {
    if (pages->outputs || pages->options) {
      const CommandDefinition root = describe(app);
      const auto written =
          write_document({}, pages->outputs ? output_page(root) : option_page(root));
      exit_code = written ? holds : report_error(written.error());
    } else if (pages->folder.empty()) {
      exit_code =
          report_error({"needs a folder", "--out", "name one, or pass --outputs or --options"});
    } else {
      exit_code = write_pages(app, pages->folder);
    }
  });

  struct Arguments {
    std::string shell;
    OutputOptions output;
  };
  auto arguments = std::make_shared<Arguments>();
  std::vector<std::string> shells;
  shells.reserve(completion_shells.size());
  for (const CompletionShell& shell : completion_shells)
    shells.emplace_back(shell.name);
  auto* completion = app.add_subcommand("completion", "Print the completion script of a shell.");
  completion->add_option("SHELL", arguments->shell, "Which shell")
      ->required()
      ->check(CLI::IsMember(shells));
  completion->add_option("--out", arguments->output.file, "Write to this file")->type_name("FILE");
  completion->footer("Exit status: 0 written; 2 wrong usage, or the file can't be written.");
  completion->callback([arguments, &app, &exit_code] {
    exit_code = write_completion(app, arguments->shell, arguments->output);
  });
}

}  // namespace postern::cli
