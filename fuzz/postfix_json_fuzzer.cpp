#include "evidence/postfix_reader.hpp"
#include "reading.hpp"

void postern::fuzz::run(std::string_view input) {
  read_both_ways(input, [](evidence::ByteSource source, evidence::Sink& sink) {
    evidence::Options options;
    options.most_open = 4;
    options.reference_time = 1790899200;
    evidence::Tally tally;
    const auto done =
        evidence::read_postfix(source, evidence::Format::postfix_json, options, sink, tally);
    return done ? Result<evidence::Tally>(tally) : tl::unexpected(done.error());
  });
}
