#include <string_view>

#include "table_reading.hpp"

void postern::fuzz::run(std::string_view input) {
  read_table(input, evidence::Format::connector_report_csv);
  read_table(input, evidence::Format::change_optics_csv);
}
