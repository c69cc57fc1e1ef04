// Reads a fuzzer's input as one of the table formats.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include "evidence/tables/table_reader.hpp"
#include "reading.hpp"

namespace postern::fuzz {

inline bool is_json(evidence::Format format) {
  return evidence::name_of(format).ends_with("-json");
}

inline Result<evidence::Tally> read_as(evidence::Format format, std::size_t longest_row,
                                       evidence::ByteSource source, evidence::Sink& sink) {
  using evidence::Format;
  evidence::Options options;
  options.longest_row = longest_row;
  const auto table = evidence::table_format(format, options);
  evidence::Tally tally;
  tally.format = format;
  const bool lines = evidence::name_of(format).ends_with("-jsonl");
  const bool json = lines || is_json(format);
  const auto done = json ? evidence::read_json(source, *table, options, sink, tally, lines)
                         : evidence::read_csv(source, *table, options, sink, tally);
  if (!done) return tl::unexpected(done.error());
  return tally;
}

inline void read_table(std::string_view input, evidence::Format format) {
  // What kind of JSON it is, is told from the first piece: that one must be whole.
  const std::size_t least = is_json(format) ? 4096 : 1;
  read_both_ways(
      input,
      [format](evidence::ByteSource source, evidence::Sink& sink) {
        return read_as(format, std::size_t{64} << 20, std::move(source), sink);
      },
      least);
  // Where a row passes the limit depends on the pieces, so this run compares nothing.
  Counts sink;
  (void)read_as(format, 100, evidence::ByteSource::of(input, input.size() / 5 + 1), sink);
}

}  // namespace postern::fuzz
