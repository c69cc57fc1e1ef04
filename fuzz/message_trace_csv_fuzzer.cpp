#include <string_view>

#include "table_reading.hpp"

void postern::fuzz::run(std::string_view input) {
  read_table(input, evidence::Format::message_trace_csv);
}
