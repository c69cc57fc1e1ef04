#include <string_view>

#include "postfix_reading.hpp"

void postern::fuzz::run(std::string_view input) {
  read_log(input, evidence::Format::postfix_json);
}
