#include <string_view>
#include <utility>

#include "evidence/testing/read_as.hpp"
#include "reading.hpp"
#include "verifying.hpp"

void postern::fuzz::run(std::string_view input) {
  static Verifying verifying;
  for (evidence::MailVerifier* verifier : {static_cast<Verifying*>(nullptr), &verifying}) {
    read_both_ways(input, [verifier](evidence::ByteSource source, evidence::Sink& sink) {
      evidence::Options options;
      options.longest_row = 2000;  // within a fuzzer's reach
      options.verifier = verifier;
      return evidence::read_text_as("mbox", std::move(source), options, sink);
    });
  }
}
