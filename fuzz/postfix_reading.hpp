// Reads a fuzzer's input as a Postfix log in one of its forms.
#pragma once

#include <string_view>

#include "evidence/logs/postfix_reader.hpp"
#include "reading.hpp"

namespace postern::fuzz {

inline void read_log(std::string_view input, evidence::Format format) {
  read_both_ways(input, [format](evidence::ByteSource source, evidence::Sink& sink) {
    evidence::Options options;
    options.most_open = 4;
    options.reference_time = 1790899200;
    evidence::Tally tally;
    const auto done = evidence::read_postfix(source, format, options, sink, tally);
    return done ? Result<evidence::Tally>(tally) : tl::unexpected(done.error());
  });
}

}  // namespace postern::fuzz
