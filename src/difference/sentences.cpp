// Statements as sentences.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "difference/difference.hpp"

namespace postern::difference {
namespace {

std::string quoted(const std::vector<std::string>& names) {
  constexpr std::size_t most = 4;
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < most; ++i)
    append_item(out, "'" + printable(names[i]) + "'");
  if (names.size() > most) out += fmt::format(" and {} more", names.size() - most);
  return out;
}

std::string replies_of(const Statement& s) {
  switch (s.change) {
    case Change::newly_refused:
      return " (" + text_of(s.after) + ")";
    case Change::newly_accepted:
      return " (was " + text_of(s.before) + ")";
    case Change::other_reply:
      return fmt::format(" ({} in place of {})", text_of(s.after), text_of(s.before));
    default:
      return {};
  }
}

}  // namespace

std::string_view words_of(Change change) noexcept {
  switch (change) {
    case Change::newly_refused:
      return "newly refused";
    case Change::newly_accepted:
      return "newly accepted";
    case Change::other_reply:
      return "another reply";
    case Change::attribution:
      return "attributed otherwise";
    case Change::none:
      break;
  }
  return "unchanged";
}

std::string sentence_of(const Exception& exception) {
  std::string out = exception.where.text() + ": " + joined(exception.what, " or ");
  if (!exception.connectors.empty()) out += ", by " + quoted(exception.connectors);
  return out;
}

std::string sentence_of(const Statement& s) {
  std::string out = std::string(words_of(s.change)) + replies_of(s) + ": ";
  if (s.acs == Acs::alone) out += "Azure Communication Services alone, ";
  if (s.by_cause) out += "some mail ";
  out += s.where.text();
  if (s.acs == Acs::excepted) out += ", but not Azure Communication Services";
  if (s.change == Change::newly_accepted && !s.connectors_after.empty()) {
    out += ", by " + quoted(s.connectors_after);
  } else if (s.change != Change::newly_accepted && !s.connectors_after.empty()) {
    out += ", through " + quoted(s.connectors_after);
  }
  return out;
}

std::string_view name_of(Finding finding) noexcept {
  switch (finding) {
    case Finding::same:
      return "same";
    case Finding::differs:
      return "differs";
    case Finding::not_determined:
      break;
  }
  return "not_determined";
}

std::string_view name_of(Acs acs) noexcept {
  switch (acs) {
    case Acs::too:
      return "too";
    case Acs::excepted:
      return "excepted";
    case Acs::alone:
      break;
  }
  return "alone";
}

}  // namespace postern::difference
