// Reads a fuzzer's input as one of the table formats.
#pragma once

#include "evidence/table_reader.hpp"
#include "reading.hpp"

namespace postern::fuzz {

inline void read_table(std::string_view input, evidence::Format format) {
  using evidence::Format;
  read_both_ways(
      input,
      [format](evidence::ByteSource source, evidence::Sink& sink) -> Result<evidence::Tally> {
        evidence::Options options;
        options.longest_row = 4096;  // within a fuzzer's reach
        const auto table = evidence::table_format(format, options);
        evidence::Tally tally;
        tally.format = format;
        const bool lines = format == Format::email_events_json_lines;
        const bool json = lines || format == Format::email_events_json;
        const auto done = json ? evidence::read_json(source, *table, options, sink, tally, lines)
                               : evidence::read_csv(source, *table, options, sink, tally);
        if (!done) return tl::unexpected(done.error());
        return tally;
      });
}

}  // namespace postern::fuzz
