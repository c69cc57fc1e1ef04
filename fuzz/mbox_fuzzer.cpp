#include "evidence/mail_reader.hpp"
#include "reading.hpp"

void postern::fuzz::run(std::string_view input) {
  read_both_ways(input, [](evidence::ByteSource source, evidence::Sink& sink) {
    evidence::Options options;
    options.longest_row = 2000;  // within a fuzzer's reach
    return evidence::read_mbox(std::move(source), options, sink);
  });
}
