// senders.toml with its questions renewed. What a person wrote stays word for word: the file is cut
// into entries by the places that its parser tells, never by guessing at TOML.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "impact/pins.hpp"
#include "impact/questions.hpp"

namespace postern::impact {
namespace {

constexpr std::string_view facts_begin = "#:";

std::string heading_for(std::string_view tenant) {
  return fmt::format(
      "# Who sends as {} without signing in and is not known for certain, most mail first.\n"
      "# Made by postern impact --questions. Change the ? of each answer to one of:\n"
      "#   keep           it is yours, or sends for you: it must not break\n"
      "#   refuse         it is not: let it be refused\n"
      "#   let it break   it is yours, and you accept that its mail is refused\n"
      "# Where the kind is guessed wrong, put it right as well: how the mail is let in hangs on "
      "it.\n"
      "# What stands as ? changes nothing. The same command again keeps your answers and asks "
      "what\n"
      "# is new; postern senders check tells what each answer does. Lines that begin with #: are\n"
      "# renewed while the answer is open; everything else is yours.\n\n",
      printable(tenant));
}

struct Entry {
  Pin pin;
  std::vector<std::string_view> lines;  // the comments above it, and its own
};

bool is_comment(std::string_view line) {
  return trim(line).starts_with('#');
}

// Where the comments begin that stand right above a line.
std::size_t above(const std::vector<std::string_view>& lines, std::size_t at) {
  while (at > 0 && is_comment(lines[at - 1]))
    --at;
  return at;
}

struct Cut {
  std::vector<std::string_view> head;
  std::vector<Entry> entries;
};

Result<Cut> cut(std::string_view text, const std::string& file) {
  auto pins = parse_pins(text, file);
  if (!pins) return tl::unexpected(pins.error());
  std::vector<std::string_view> lines = split(text, '\n');
  if (lines.back().empty()) lines.pop_back();
  Cut out;
  std::vector<std::size_t> begins;
  for (Pin& pin : *pins) {
    const std::uint64_t line = pin.where.line;
    if (line == 0 || line > lines.size() || !trim(lines[line - 1]).starts_with("[[")) {
      return fail("the entries can't be told apart", pin.where,
                  "write each as [[sender]], or give --questions another file");
    }
    const std::size_t begin = above(lines, line - 1);
    begins.push_back(begins.empty() ? begin : std::max(begin, begins.back() + 1));
    out.entries.push_back({std::move(pin), {}});
  }
  const auto at = [&](std::size_t i) {
    return lines.begin() +
           static_cast<std::ptrdiff_t>(i < begins.size() ? begins[i] : lines.size());
  };
  out.head.assign(lines.begin(), at(0));
  for (std::size_t i = 0; i < out.entries.size(); ++i)
    out.entries[i].lines.assign(at(i), at(i + 1));
  return out;
}

std::string text_of(const std::vector<std::string_view>& lines) {
  std::string out;
  for (const std::string_view line : lines)
    out.append(line).append("\n");
  return out;
}

// One empty line between entries.
void add_block(std::string& out, std::string_view block) {
  while (block.ends_with('\n'))
    block.remove_suffix(1);
  if (block.empty()) return;
  if (!out.empty() && !out.ends_with("\n\n")) out += "\n";
  out.append(block).append("\n");
}

// The entry as it stands, with the facts of today.
std::string renewed(const Entry& entry, const Sender& sender) {
  std::string out;
  for (const std::string& fact : facts_of(sender))
    out.append(facts_begin).append(" ").append(printable(fact)).append("\n");
  for (const std::string_view line : entry.lines) {
    if (!line.starts_with(facts_begin)) out.append(line).append("\n");
  }
  return out;
}

// Whether an answer holds the sender for certain: given while the evidence was read, it counts from
// the next run on, and need not be asked for again.
bool decides(const Pin& pin, const Sender& sender) {
  return pin.decision != Decision::unanswered && is_about(pin, sender) &&
         sender.address_count <= sender.addresses.size() &&
         (pin.envelope_senders.empty() || sender.reverse_path_count <= sender.reverse_paths.size());
}

}  // namespace

Result<QuestionFile> with_questions(std::string_view there, const std::string& file,
                                    const Report& report, std::string_view tenant) {
  auto parts = cut(there, file);
  if (!parts) return tl::unexpected(parts.error());
  QuestionFile out;
  std::vector<bool> asked(parts->entries.size());
  std::string head = text_of(parts->head);
  if (trim(there).empty()) head = heading_for(tenant);
  add_block(out.text, head);
  for (const Sender* sender : questions_of(report)) {
    if (!can_be_asked(*sender)) {
      ++out.unaskable;
      continue;
    }
    const bool is_answered =
        std::any_of(parts->entries.begin(), parts->entries.end(),
                    [&](const Entry& entry) { return decides(entry.pin, *sender); });
    if (is_answered) continue;
    ++out.open;
    bool is_there = false;
    for (std::size_t i = 0; i < parts->entries.size() && !is_there; ++i) {
      const Entry& entry = parts->entries[i];
      if (asked[i] || entry.pin.decision != Decision::unanswered) continue;
      if (!is_about(entry.pin, *sender)) continue;
      asked[i] = is_there = true;
      add_block(out.text, renewed(entry, *sender));
    }
    if (is_there) continue;
    ++out.added;
    add_block(out.text, question_entry(*sender));
  }
  for (const bool is_open : {true, false}) {
    for (std::size_t i = 0; i < parts->entries.size(); ++i) {
      const Entry& entry = parts->entries[i];
      if (asked[i] || (entry.pin.decision == Decision::unanswered) != is_open) continue;
      (is_open ? out.open : out.kept) += 1;
      add_block(out.text, text_of(entry.lines));
    }
  }
  // Never put something in the place of a file that can't be read again.
  if (auto again = parse_pins(out.text, file); !again) return tl::unexpected(again.error());
  return out;
}

}  // namespace postern::impact
