#include "tenant/list_cut.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "tenant/json_answer.hpp"

namespace postern::tenant {
namespace {

// The first of these members that says something; empty where none does.
std::string_view next_page(Object answer) {
  for (const char* key : {"@odata.nextLink", "odata.nextLink", "nextLink"}) {
    std::string_view link;
    if (answer.at_key(key).get(link) == simdjson::SUCCESS && !link.empty()) return key;
  }
  return {};
}

Result<void> no_cut_in_warnings(Object answer, const std::string& file,
                                std::vector<std::string>& remarks) {
  simdjson::dom::array warnings;
  if (answer.at_key("@adminapi.warnings").get(warnings) != simdjson::SUCCESS) return {};
  for (const Element each : warnings) {
    std::string_view warning;
    if (each.get(warning) != simdjson::SUCCESS || trim(warning).empty()) continue;
    if (warns_of_a_cut(warning)) {
      return fail(fmt::format("holds a part of the list alone, as the service warned: {}",
                              printable(warning)),
                  file, "export it again, with -ResultSize Unlimited");
    }
    remarks.push_back(fmt::format("{}: the service warned: {}", file, printable(warning)));
  }
  return {};
}

}  // namespace

bool warns_of_a_cut(std::string_view warning) {
  for (const std::string_view words :
       {"only the first", "more results", "resultsize", "truncated", "not all results"}) {
    if (ifind(warning, words) != std::string::npos) return true;
  }
  return false;
}

Result<void> must_be_whole(Object answer, simdjson::dom::array items, const std::string& file,
                           std::vector<std::string>& remarks) {
  if (const std::string_view key = next_page(answer); !key.empty()) {
    return fail(fmt::format("holds the first page of its list alone ({} leads to the next)", key),
                file, "fetch the others too, and put what is under value in them into one list");
  }
  for (const char* key : {"Count", "@odata.count"}) {
    std::uint64_t count = 0;
    if (answer.at_key(key).get(count) == simdjson::SUCCESS && count != items.size()) {
      return fail(fmt::format("says that it counts {} and holds {}", count, items.size()), file,
                  "export it again");
    }
  }
  return no_cut_in_warnings(answer, file, remarks);
}

}  // namespace postern::tenant
