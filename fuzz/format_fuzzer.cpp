// Reads a fuzzer's input as the evidence format POSTERN_FORMAT ("email_events_csv").
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "evidence/testing/read_as.hpp"
#include "reading.hpp"

namespace {

std::string format_name() {
  std::string name = POSTERN_FORMAT;
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

}  // namespace

void postern::fuzz::run(std::string_view input) {
  static const std::string format = format_name();
  evidence::Options options;
  options.most_open = 4;  // messages of a log under way
  options.reference_time = 1790899200;
  // What kind of JSON it is, is told from the first piece: that one must be whole.
  const std::size_t least = format.ends_with("-json") ? 4096 : 1;
  read_both_ways(
      input,
      [&](evidence::ByteSource source, evidence::Sink& sink) {
        return evidence::read_text_as(format, std::move(source), options, sink);
      },
      least);
  // Where a row passes the limit depends on the pieces, so this run compares nothing.
  options.longest_row = 100;
  Counts sink;
  (void)evidence::read_text_as(format, evidence::ByteSource::of(input, input.size() / 5 + 1),
                               options, sink);
}
