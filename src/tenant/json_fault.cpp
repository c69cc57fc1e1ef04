#include "tenant/json_fault.hpp"

#include <cstddef>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tenant/sections.hpp"

namespace postern::tenant {
namespace {

// simdjson tells what is wrong but not where; nlohmann's parser, slower, tells the byte.
class FaultFinder : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::size_t position = 0;
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(string_t&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t at, const std::string&,
                   const nlohmann::detail::exception&) override {
    position = at;
    return false;
  }
};

}  // namespace

Error json_fault(std::string_view text, const std::string& file, bool too_deep) {
  if (too_deep) {
    return {"is nested too deeply to be a settings export", file, "pass ConvertTo-Json's output"};
  }
  FaultFinder finder;
  nlohmann::json::sax_parse(text.begin(), text.end(), &finder);
  const std::string where =
      finder.position == 0 ? file
                           : fmt::format("{}:{}", file, line_and_column(text, finder.position - 1));
  const bool cut = finder.position >= text.size();
  return {cut ? "ends in the middle of its JSON" : "is not valid JSON here", where,
          cut ? "the export was cut short; make it again" : "export the settings again"};
}

std::string line_and_column(std::string_view text, std::size_t position) {
  if (position > text.size()) position = text.size();
  std::size_t line = 1;
  std::size_t start = 0;
  for (std::size_t i = 0; i < position; ++i) {
    if (text[i] == '\n') {
      ++line;
      start = i + 1;
    }
  }
  return fmt::format("{}:{}", line, position - start + 1);
}

}  // namespace postern::tenant
