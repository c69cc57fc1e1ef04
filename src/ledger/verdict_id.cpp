#include "ledger/verdict_id.hpp"

#include <charconv>
#include <system_error>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::ledger {

std::string VerdictId::text() const {
  return fmt::format("{}:{}:{}", gate, epoch, counter);
}

std::optional<VerdictId> VerdictId::parse(std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() != 3 || parts[0].empty() || parts[1].empty()) return std::nullopt;
  VerdictId id{std::string(parts[0]), std::string(parts[1]), 0};
  const char* end = parts[2].data() + parts[2].size();
  const auto [stopped, wrong] = std::from_chars(parts[2].data(), end, id.counter);
  if (wrong != std::errc{} || stopped != end || id.counter < 1) return std::nullopt;
  return id;
}

std::string token_of(std::string_view name) {
  if (name.empty()) return "=";
  std::string out;
  for (const char c : name) {
    if (is_ascii_alpha(c) || is_ascii_digit(c) || c == '-') {
      out += c;
    } else if (c == '.') {
      out += '_';
    } else {
      out += fmt::format("={:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace postern::ledger
