#include <cstddef>
#include <string>
#include <string_view>

#include "fuzz.hpp"
#include "message/antispam_report.hpp"
#include "message/encoded_word.hpp"
#include "message/header.hpp"

void postern::fuzz::run(std::string_view input) {
  const auto header = message::HeaderBlock::parse(input);
  require(3 * header.fields().size() <= input.size() + 1, "a field has three octets, but the last");
  require(header.body_offset() <= input.size(), "the body starts inside the input");
  const char* const end = input.data() + input.size();
  for (const message::Field& field : header.fields()) {
    require(!field.name.empty(), "a field has a name");
    require(field.body.data() >= input.data() && field.body.data() + field.body.size() <= end,
            "a body lies inside the input");
    const std::string text = message::unfold(field.body);
    require(text.find_first_of("\r\n") == std::string::npos, "unfolded text is one line");
    (void)message::decode_words(text);
    (void)message::parse_antispam_report(text);
  }
}
