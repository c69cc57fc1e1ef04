#include <cstddef>
#include <string_view>

#include "evidence/source_reading.hpp"
#include "reading.hpp"

void postern::fuzz::run(std::string_view input) {
  // libarchive's own streaming differs from what it sees in memory, so the pieces are not compared.
  for (const std::size_t piece : {std::size_t{1} << 20, input.size() / 3 + 1}) {
    Counts sink;
    evidence::Tally tally;
    evidence::Options options;
    options.most_unpacked = 1 << 22;
    const auto done =
        evidence::read_source(evidence::ByteSource::of(input, piece), {}, options, sink, tally);
    require(done || !done.error().what.empty(), "an error says what is wrong");
    require(tally.messages <= sink.messages && tally.bad <= sink.faults,
            "the sink saw what the tally counts");
  }
}
