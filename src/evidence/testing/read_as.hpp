// Reads text as one format, for tests and fuzzers.
#pragma once

#include <string_view>

#include "evidence/source_reading.hpp"

namespace postern::evidence {

/// `format` as --format names it; `source` is read to its end.
inline Result<Tally> read_text_as(std::string_view format, ByteSource source,
                                  const Options& options, Sink& sink) {
  Tally tally;
  auto done = read_as(*parse_format(format), source, {}, options, sink, tally);
  if (!done) return tl::unexpected(done.error());
  return tally;
}

}  // namespace postern::evidence
