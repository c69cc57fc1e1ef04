// What the admin interface sends back, read without believing it: pages of objects, and the many
// shapes of its errors. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "exchange/http.hpp"

namespace postern::exchange {

/// One answer of InvokeCommand with 2xx.
struct Page {
  std::string objects;  ///< comma-separated JSON objects without the brackets; may be empty
  std::size_t count = 0;
  bool has_value = false;  ///< false: no "value", or null; of a Get that is no empty list
  std::vector<std::string> warnings;
  std::string next_link;  ///< "@odata.nextLink"; empty at the end
};

/// Errors: the body is not JSON, not an object, or its "value" is no list of objects; and an error
/// object inside a 2xx. An empty body is an empty page. `where` goes into the error.
Result<Page> read_page(std::string_view body, const std::string& where);

/// What an answer other than 2xx means and what to do, by status and by the service's own words;
/// never its stack trace. `cmdlet` is named where a role is missing.
Error admin_error(const Response&, std::string_view cmdlet, const std::string& where);

/// The service's most telling words of an error body: innererror.internalexception.message unless
/// generic, then the last part of details[].message, then error.message. Empty where it has none.
std::string error_text(std::string_view body);

/// Whether the cmdlet was refused because it has no such parameter.
bool lacks_parameter(const Response&, std::string_view name);

/// Whether this is the 400 for a paging token that the service no longer knows.
bool is_expired_page(const Response&);

}  // namespace postern::exchange
