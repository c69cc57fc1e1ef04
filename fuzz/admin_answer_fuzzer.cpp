#include <string>
#include <string_view>

#include "exchange/admin_answer.hpp"
#include "exchange/token.hpp"
#include "fuzz.hpp"
#include "tenant/load.hpp"

using namespace postern;

void postern::fuzz::run(std::string_view input) {
  const auto page = exchange::read_page(input, "live:fuzz, Get-InboundConnector");
  if (page) {
    const std::string objects = "[" + page->objects + "]";
    // What one reading lets through is JSON for the next, and holds as many objects.
    const auto again = exchange::read_page(R"({"value":)" + objects + "}", "again");
    require(again.has_value(), "objects read back");
    require(again->count == page->count, "as many objects");
    require(again->objects == page->objects, "nothing more to leave out");
    (void)tenant::parse({{"live:fuzz/Get-InboundConnector", objects}});
  } else {
    require(!page.error().what.empty() && !page.error().where.empty(),
            "an error says what and where");
  }
  exchange::Response response;
  response.body = std::string(input);
  for (const int status : {400, 401, 403, 404, 429, 500}) {
    response.status = status;
    const std::string line = exchange::admin_error(response, "Get-X", "here").line();
    require(line.find_first_of("\n\r\x1b") == std::string::npos, "an error is one line");
  }
  const std::string line = exchange::token_error(400, input, "here").line();
  require(line.find_first_of("\n\r\x1b") == std::string::npos, "an error is one line");
}
