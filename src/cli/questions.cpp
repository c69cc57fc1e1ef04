#include "cli/questions.hpp"

#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/numbers.hpp"
#include "base/shell_word.hpp"
#include "cli/command.hpp"
#include "files/whole_file.hpp"
#include "impact/questions.hpp"

namespace postern::cli {

Result<void> write_questions(const EvidenceOptions& options, const impact::Report& report,
                             const std::string& tenant) {
  const std::string& path = options.questions;
  if (path.empty()) return {};
  std::string there;
  std::error_code none;
  if (std::filesystem::exists(path, none)) {
    // Read again: a person may have answered while the evidence was read.
    auto text = read_text(path);
    if (!text) return tl::unexpected(text.error());
    there = std::move(*text);
  }
  const auto file = impact::with_questions(there, path, report, tenant);
  if (!file) return tl::unexpected(file.error());
  if (file->text != there) {
    if (auto written = files::write_whole(path, file->text); !written) return written;
  }
  fmt::print(stderr, "postern: {}: {} open ({} new), {} answered{}\n", printable(path),
             counted(file->open, "question"), grouped(file->added), grouped(file->kept),
             file->unaskable == 0
                 ? ""
                 : fmt::format("; {} can't be asked about, neither address nor envelope sender "
                               "being known",
                               counted(file->unaskable, "sender")));
  return {};
}

std::string command_line_of(const std::string& tenant, const LiveOptions& live,
                            const EvidenceOptions& options) {
  std::string out = shell_word(tenant) + " " + command_line_of(options);
  if (!live.config.empty()) out += " --config " + shell_word(live.config);
  return out;
}

}  // namespace postern::cli
