#include <string_view>

#include "evidence/tables/dmarc_reader.hpp"
#include "reading.hpp"

void postern::fuzz::run(std::string_view input) {
  read_both_ways(input, [](evidence::ByteSource source, evidence::Sink& sink) {
    evidence::Tally tally;
    const auto done = evidence::read_dmarc(source, {}, sink, tally);
    return done ? Result<evidence::Tally>(tally) : tl::unexpected(done.error());
  });
}
