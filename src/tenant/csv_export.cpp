// What Export-Csv writes, as a list of objects. Where lists were joined to text on the way
// (Select-Object with -join, or a module whose lists show their items) they are cut apart again;
// where only the name of their type is left, the file can't be used.
#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "tenant/export_forms.hpp"

namespace postern::tenant {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 14> list_properties = {"SenderDomains",
                                                              "SenderIPAddresses",
                                                              "AssociatedAcceptedDomains",
                                                              "EFSkipIPs",
                                                              "EFUsers",
                                                              "TrustedOrganizations",
                                                              "IPAllowList",
                                                              "AllowedSenderDomains",
                                                              "AllowedSenders",
                                                              "ClientHostNames",
                                                              "SenderDomainIs",
                                                              "From",
                                                              "SenderIpRanges",
                                                              "ExceptIfHeaderContainsWords"};

bool is_list(std::string_view property) noexcept {
  return std::any_of(list_properties.begin(), list_properties.end(),
                     [&](std::string_view each) { return iequals(property, each); });
}

class Records {
 public:
  Records(std::string_view text, char separator) : text_(text), separator_(separator) {}

  /// The next record; false at the end.
  bool next(std::vector<std::string>& fields) {
    fields.clear();
    while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r'))
      skip_line_break();
    if (at_ >= text_.size()) return false;
    line_ = lines_;
    for (;;) {
      fields.push_back(field());
      if (at_ >= text_.size() || text_[at_] != separator_) break;
      ++at_;
    }
    return true;
  }
  [[nodiscard]] std::size_t line() const noexcept { return line_; }

 private:
  void skip_line_break() {
    if (text_[at_] == '\n') ++lines_;
    ++at_;
  }
  std::string field() {
    std::string out;
    if (at_ < text_.size() && text_[at_] == '"') {
      for (++at_; at_ < text_.size(); ++at_) {
        if (text_[at_] == '"') {
          if (text_.substr(at_ + 1).starts_with('"')) {
            ++at_;
          } else {
            ++at_;
            break;
          }
        }
        if (text_[at_] == '\n') ++lines_;
        out += text_[at_];
      }
    }
    while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n' &&
           text_[at_] != '\r') {
      out += text_[at_++];
    }
    return out;
  }

  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
  std::size_t lines_ = 1;
  std::size_t line_ = 1;
};

// "a, b", "a b", "{a, b}", a line each.
Json items_of(std::string_view text) {
  if (text.starts_with('{') && text.ends_with('}')) text = text.substr(1, text.size() - 2);
  Json out = Json::array();
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(", \t\r\n|"), text.size());
    if (end > 0) out.push_back(std::string(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace

Result<std::string> json_of_csv(std::string_view text, const std::string& name) {
  text = trim(text);
  if (text.starts_with("#TYPE")) text.remove_prefix(std::min(text.find('\n'), text.size()));
  text = trim(text);
  const std::string_view header = text.substr(0, text.find('\n'));
  const char separator =
      std::count(header.begin(), header.end(), ';') > std::count(header.begin(), header.end(), ',')
          ? ';'
          : ',';
  Records records(text, separator);
  std::vector<std::string> names, values;
  if (!records.next(names)) return fail("is empty", name, "export it again");
  Json objects = Json::array();
  while (records.next(values)) {
    if (values.size() != names.size()) {
      return fail(fmt::format("has {} fields where the header has {}", values.size(), names.size()),
                  fmt::format("{}:{}", name, records.line()), "export it again");
    }
    Json object = Json::object();
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string_view value = trim(values[i]);
      if (value.starts_with("System.") && is_list(names[i])) {
        return fail(fmt::format("has the name of a type where {} should be, as Export-Csv writes "
                                "lists",
                                names[i]),
                    fmt::format("{}:{}", name, records.line()),
                    "export it with ConvertTo-Json, as the README's command does");
      }
      if (is_list(names[i])) {
        object[names[i]] = items_of(value);
      } else if (value.empty()) {
        object[names[i]] = nullptr;
      } else {
        object[names[i]] = std::string(value);
      }
    }
    objects.push_back(std::move(object));
  }
  return objects.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace postern::tenant
