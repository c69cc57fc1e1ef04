#include "exchange/admin_answer.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "exchange/admin.hpp"
#include "exchange/json_text.hpp"

namespace postern::exchange {
namespace {

using Json = nlohmann::json;

const Json* member(const Json* object, const char* key) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto found = object->find(key);
  return found == object->end() ? nullptr : &*found;
}

std::string string_or_none(const Json* value) {
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string{};
}

bool is_sidecar(std::string_view key) {
  return key.find("@data.type") != std::string_view::npos ||
         key.find("@odata.") != std::string_view::npos;
}

// Sidecars also stand in nested objects. Depth is bounded by the parser's caller.
Json without_sidecars(const Json& value, unsigned depth) {
  if (depth > 60) return nullptr;
  if (value.is_array()) {
    Json out = Json::array();
    for (const Json& item : value)
      out.push_back(without_sidecars(item, depth + 1));
    return out;
  }
  if (!value.is_object()) return value;
  Json out = Json::object();
  for (const auto& [key, item] : value.items()) {
    if (!is_sidecar(key)) out[key] = without_sidecars(item, depth + 1);
  }
  return out;
}

// "Exception of type 'Microsoft.….DirectInvokeCmdletExecutionException' was thrown."
bool is_generic(std::string_view message) {
  return message.find("Exception of type '") != std::string_view::npos;
}

// One line, without the stack trace that some messages carry.
std::string tidy(std::string text) {
  for (const std::string_view mark : {"\r\n   at ", "\n   at ", "\r\n at ", "\n at "}) {
    if (const std::size_t stack = text.find(mark); stack != std::string::npos) text.resize(stack);
  }
  std::string out = printable(trim(text));
  if (out.size() > 500) {
    out.resize(500);
    while (!out.empty() && !is_valid_utf8(out))
      out.pop_back();
    out += "…";
  }
  return out;
}

std::string detail_text(const Json* error) {
  const Json* details = member(error, "details");
  if (details == nullptr || !details->is_array()) return {};
  for (const Json& detail : *details) {
    // "Ex6F9304|Microsoft.….ManagementObjectNotFoundException|The operation couldn't …"
    const std::string message = string_or_none(member(&detail, "message"));
    std::string last(trim(message.substr(message.rfind('|') + 1)));
    if (!last.empty()) return last;
  }
  return {};
}

constexpr std::string_view not_found = "not found (404)";

bool is_nothing_but_zeros(std::string_view body) {
  return std::all_of(body.begin(), body.end(), [](char c) { return c == '\0'; });
}

}  // namespace

Result<Page> read_page(std::string_view body, const std::string& where) {
  Page page;
  if (trim(body).empty()) return page;
  const char* again = "try again; if it stays so, check exchange_host and any proxy between";
  const Json answer = Json::parse(body, nullptr, false);
  if (!answer.is_object()) {
    return fail(answer.is_discarded() ? "the answer is no JSON" : "the answer is no JSON object",
                where, again);
  }
  if (const Json* error = member(&answer, "error"); error != nullptr && error->is_object()) {
    return fail("the service answered with an error inside a success: " + error_text(body), where,
                again);
  }
  if (const Json* warnings = member(&answer, "@adminapi.warnings");
      warnings != nullptr && warnings->is_array()) {
    for (const Json& warning : *warnings) {
      if (warning.is_string()) page.warnings.push_back(tidy(warning.get<std::string>()));
    }
  }
  page.next_link = string_or_none(member(&answer, "@odata.nextLink"));
  const Json* value = member(&answer, "value");
  if (value == nullptr || value->is_null()) return page;
  page.has_value = true;
  const auto take = [&](const Json& item) {
    page.objects += (page.count == 0 ? "" : ",") + one_line(without_sidecars(item, 0));
    ++page.count;
  };
  // A single object in place of a list has not been seen, but would be no lie either.
  if (value->is_object()) {
    take(*value);
    return page;
  }
  if (!value->is_array()) return fail("the answer's value is no list", where, again);
  for (const Json& item : *value) {
    if (item.is_null()) continue;
    if (!item.is_object()) return fail("the answer's list holds no objects", where, again);
    take(item);
  }
  return page;
}

std::string error_text(std::string_view body) {
  const Json answer = Json::parse(body, nullptr, false);
  const Json* error = member(&answer, "error");
  if (error == nullptr) return {};
  if (error->is_string()) return tidy(error->get<std::string>());
  std::string text =
      string_or_none(member(member(member(error, "innererror"), "internalexception"), "message"));
  if (!text.empty() && !is_generic(text)) {
    // The same "code|type|text" form is seen here too.
    return tidy(text.substr(text.rfind('|') + 1));
  }
  text = detail_text(error);
  if (!text.empty()) return tidy(text);
  return tidy(string_or_none(member(error, "message")));
}

bool says_not_found(const Error& error) {
  return error.what.starts_with(not_found);
}

bool lacks_parameter(const Response& response, std::string_view name) {
  return response.status == 400 && ifind(response.body, "parameter") != std::string::npos &&
         ifind(response.body, name) != std::string::npos;
}

bool is_expired_page(const Response& response) {
  return response.status == 400 && ifind(response.body, "pagination request") != std::string::npos;
}

Error admin_error(const Response& response, std::string_view cmdlet, const std::string& where) {
  const std::string words = response.undecodable ? std::string{} : error_text(response.body);
  const std::string said = words.empty() ? "" : ": " + words;
  const std::string reader =
      "give the application the directory role Global Reader (or an Exchange role group with "
      "View-Only Configuration)";
  const std::string writer =
      "give the application the directory role Exchange Administrator (or an Exchange role group "
      "with Organization Configuration)";
  const std::string role = istarts_with(cmdlet, "Get-") ? reader : writer;
  switch (response.status) {
    case 400:
      return {fmt::format("the service refused {}{}", cmdlet, said), where,
              "check the parameters; some missing permissions look like this too"};
    case 401:
      return {"the service does not accept the token (401)" + said, where,
              "the application needs the permission Office 365 Exchange Online: "
              "Exchange.ManageAsApp with admin consent; postern login NAME --check tells which "
              "part is missing"};
    case 403:
      // Seen for a cmdlet that the caller may not see, and for one that does not exist: some 4 KiB
      // of NUL, at times announced as gzip.
      if (response.undecodable || is_nothing_but_zeros(response.body) || words.empty()) {
        return {fmt::format("{} is not visible to this application (403 without a reason)", cmdlet),
                where, role};
      }
      return {"the service forbids it (403)" + said, where, role};
    case 404:
      return {std::string(not_found) + said, where, "check the name, and tenant of the profile"};
    case 405:
      return {"the service does not know this address (405)", where,
              "check exchange_host of the profile"};
    case 429:
      return {"the service is throttling this caller (429)", where,
              response.header("Retry-After").empty()
                  ? "wait some minutes, then try again"
                  : fmt::format("wait {} s, then try again",
                                printable(response.header("Retry-After")))};
    default:
      break;
  }
  const std::string_view id = response.header("request-id");
  return {fmt::format("the service answered {}{}{}", response.status, said,
                      id.empty() ? "" : fmt::format(" (request {})", printable(id))),
          where, "try again later"};
}

}  // namespace postern::exchange
