// PowerShell's serialised objects (MS-PSRP, 2.2.5), as far as settings go. pugixml declares no
// entities, so a small file stays small; references between objects are followed within a budget.
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/utf16.hpp"
#include "tenant/export_forms.hpp"
#include "tenant/sections.hpp"

namespace postern::tenant {
namespace {

using Json = nlohmann::ordered_json;

constexpr int deepest = 16;
constexpr std::size_t most_values = 5'000'000;

// "_x000A_" stands for a UTF-16 unit that XML would not keep (MS-PSRP, 2.2.5.3.2).
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '_' && at + 6 < text.size() && text[at + 1] == 'x' && text[at + 6] == '_') {
      std::uint16_t code = 0;
      const char* digits = text.data() + at + 2;
      const auto [end, failed] = std::from_chars(digits, digits + 4, code, 16);
      const bool surrogate = code >= 0xd800 && code < 0xe000;
      if (failed == std::errc{} && end == digits + 4 && code != 0 && !surrogate) {
        const char unit[] = {static_cast<char>(code & 0xff), static_cast<char>(code >> 8)};
        append_utf8({unit, 2}, TextEncoding::utf16_le, true, out);
        at += 6;
        continue;
      }
    }
    out += text[at];
  }
  return out;
}

class ClixmlReader {
 public:
  explicit ClixmlReader(pugi::xml_node root) { remember(root, 0); }

  /// Null where there are more values than any export has.
  Json objects(pugi::xml_node root) {
    Json out = Json::array();
    for (const pugi::xml_node node : root.children("Obj")) {
      Json value = value_of(node, 0);
      // A list of objects that was exported as one.
      if (value.is_array()) {
        for (Json& each : value)
          out.push_back(std::move(each));
      } else {
        out.push_back(std::move(value));
      }
    }
    return values_ > most_values ? Json() : out;
  }

 private:
  void remember(pugi::xml_node parent, int depth) {
    if (depth > deepest) return;
    for (const pugi::xml_node node : parent.children("Obj")) {
      named_.emplace(node.attribute("RefId").value(), node);
    }
    for (const pugi::xml_node node : parent.children())
      remember(node, depth + 1);
  }

  Json value_of(pugi::xml_node node, int depth) {
    if (++values_ > most_values || depth > deepest) return {};
    const std::string_view kind = node.name();
    if (kind == "Nil") return {};
    if (kind == "Ref") {
      const auto found = named_.find(node.attribute("RefId").value());
      return found == named_.end() ? Json() : value_of(found->second, depth + 1);
    }
    if (kind != "Obj") return unescaped(node.text().get());
    for (const char* list : {"LST", "IE", "STK", "QUE"}) {
      if (const pugi::xml_node items = node.child(list)) return list_of(items, depth);
    }
    Json out = Json::object();
    for (const char* group : {"Props", "MS"}) {
      for (const pugi::xml_node property : node.child(group).children()) {
        out[unescaped(property.attribute("N").value())] = value_of(property, depth + 1);
      }
    }
    // An enumeration or an address: what it is called says what it is.
    if (out.empty()) return unescaped(node.child_value("ToString"));
    return out;
  }

  Json list_of(pugi::xml_node items, int depth) {
    Json out = Json::array();
    for (const pugi::xml_node item : items.children())
      out.push_back(value_of(item, depth + 1));
    return out;
  }

  std::map<std::string, pugi::xml_node> named_;
  std::size_t values_ = 0;
};

}  // namespace

Result<std::string> json_of_clixml(std::string_view text, const std::string& name) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed =
      document.load_buffer(text.data(), text.size(),
                           pugi::parse_default | pugi::parse_ws_pcdata_single, pugi::encoding_utf8);
  if (!parsed) {
    return fail(
        fmt::format("is no XML here ({})", parsed.description()),
        fmt::format("{}:{}", name, line_and_column(text, static_cast<std::size_t>(parsed.offset))),
        "export it again");
  }
  const pugi::xml_node root = document.child("Objs");
  const Json objects = ClixmlReader(root).objects(root);
  if (objects.is_null()) return fail("holds more values than any tenant's settings", name);
  return objects.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace postern::tenant
