#include <string_view>

#include "fuzz.hpp"
#include "message/authentication_results.hpp"

void postern::fuzz::run(std::string_view input) {
  const auto results = message::parse_authentication_results(input);
  require(results.methods.size() <= 100, "methods are bounded");
  for (const message::MethodResult& method : results.methods) {
    require(method.properties.size() <= 50, "properties are bounded");
    (void)results.outcome(method.method);
  }
}
