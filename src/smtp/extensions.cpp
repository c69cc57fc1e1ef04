#include "smtp/extensions.hpp"

#include <charconv>
#include <cstddef>
#include <utility>

#include "base/ascii.hpp"

namespace postern::smtp {
namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (const std::string_view word : split(text, ' ')) {
    if (word.empty()) continue;
    std::string upper(word);
    for (char& c : upper)
      c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    words.push_back(std::move(upper));
  }
  return words;
}

}  // namespace

Extensions Extensions::parse(std::string_view text) {
  Extensions found;
  const auto lines = split(text, '\n');
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::string_view line = trim(lines[i]);
    found.lines.emplace_back(line);
    // "AUTH=LOGIN" is what old servers wrote for old clients.
    const std::size_t end = line.find_first_of(" =");
    const std::string_view keyword = line.substr(0, end);
    const std::string_view rest =
        end == std::string_view::npos ? std::string_view{} : trim(line.substr(end + 1));
    if (iequals(keyword, "PIPELINING")) found.pipelining = true;
    if (iequals(keyword, "8BITMIME")) found.eight_bit_mime = true;
    if (iequals(keyword, "SMTPUTF8")) found.smtputf8 = true;
    if (iequals(keyword, "STARTTLS")) found.starttls = true;
    if (iequals(keyword, "CHUNKING")) found.chunking = true;
    if (iequals(keyword, "ENHANCEDSTATUSCODES")) found.enhanced_status_codes = true;
    if (iequals(keyword, "DSN")) found.dsn = true;
    if (iequals(keyword, "XCLIENT")) found.xclient = words_of(rest);
    if (iequals(keyword, "AUTH")) {
      for (std::string& word : words_of(rest))
        found.auth_mechanisms.push_back(std::move(word));
    }
    if (iequals(keyword, "SIZE")) {
      std::uint64_t size = 0;
      std::from_chars(rest.data(), rest.data() + rest.size(), size);
      found.size = size;
    }
  }
  return found;
}

}  // namespace postern::smtp
