// What Format-List shows, read back. A name, blanks, a colon and a value make a property; a line
// that begins with blanks goes on with the value of the line before; an empty line ends an object.
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "tenant/export_forms.hpp"

namespace postern::tenant {
namespace {

using Json = nlohmann::ordered_json;

// The display stops a list after four items ($FormatEnumerationLimit): "{a, b, c, d…}".
bool is_cut(std::string_view list) {
  return list.ends_with("...") || list.ends_with("\xe2\x80\xa6");
}

class Blocks {
 public:
  explicit Blocks(const std::string& name) : name_(name) {}

  Result<void> line(std::string_view line) {
    ++number_;
    if (trim(line).empty()) return end_object();
    if (line.front() == ' ' || line.front() == '\t') {
      if (key_.empty()) return fault("goes on with a value that did not begin");
      // A list is wrapped after a comma, a text where it fills the line.
      if (value_.ends_with(',')) value_ += ' ';
      value_ += trim(line);
      return {};
    }
    if (auto ended = end_property(); !ended) return ended;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return fault("is no 'name : value'");
    key_ = trim(line.substr(0, colon));
    value_ = trim(line.substr(colon + 1));
    began_ = number_;
    return {};
  }

  Result<std::string> finished() {
    if (auto ended = end_object(); !ended) return tl::unexpected(ended.error());
    return objects_.dump();
  }

 private:
  Result<void> fault(std::string what) const {
    return fail(std::move(what), fmt::format("{}:{}", name_, number_),
                "export it with ConvertTo-Json");
  }

  Result<void> end_property() {
    if (key_.empty()) return {};
    Json& into = object_[std::exchange(key_, {})];
    const std::string value = std::exchange(value_, {});
    if (value.empty()) {
      into = nullptr;
      return {};
    }
    if (!value.starts_with('{') || !value.ends_with('}')) {
      into = value;
      return {};
    }
    std::string_view items = trim(std::string_view(value).substr(1, value.size() - 2));
    if (is_cut(items)) {
      return fail("holds a list that the display cut short", fmt::format("{}:{}", name_, began_),
                  "export it with ConvertTo-Json, or set $FormatEnumerationLimit = -1 before "
                  "Format-List");
    }
    into = Json::array();
    while (!items.empty()) {
      const std::size_t comma = items.find(", ");
      into.push_back(std::string(trim(items.substr(0, comma))));
      items = comma == std::string_view::npos ? std::string_view{} : items.substr(comma + 2);
    }
    return {};
  }

  Result<void> end_object() {
    if (auto ended = end_property(); !ended) return ended;
    if (!object_.empty()) objects_.push_back(std::exchange(object_, Json::object()));
    return {};
  }

  const std::string& name_;
  std::size_t number_ = 0;
  std::size_t began_ = 0;
  std::string key_;
  std::string value_;
  Json object_ = Json::object();
  Json objects_ = Json::array();
};

}  // namespace

Result<std::string> json_of_format_list(std::string_view text, const std::string& name) {
  Blocks blocks(name);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (auto read = blocks.line(line); !read) return tl::unexpected(read.error());
  }
  return blocks.finished();
}

}  // namespace postern::tenant
