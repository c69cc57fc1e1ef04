// Reads a fuzzer's input as evidence, in one piece and in small pieces, and checks what a reader
// promises: the tally adds up, the sink saw the same, and the size of the pieces changes nothing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/ascii.hpp"
#include "evidence/bytes/byte_source.hpp"
#include "evidence/reader.hpp"
#include "fuzz.hpp"

namespace postern::fuzz {

struct Counts : evidence::Sink {
  std::uint64_t messages = 0;
  std::uint64_t aside = 0;
  std::uint64_t faults = 0;
  std::string seen;

  void message(const evidence::Message& m) override {
    ++messages;
    seen += m.reverse_path;
    seen += m.recipient;
    seen += m.subject;
    seen += m.helo;
    if (m.submission.client_ip) seen += m.submission.client_ip->text();
    for (const evidence::AuthResult result :
         {m.results.spf, m.results.dkim, m.results.dmarc, m.results.published_spf})
      seen += static_cast<char>('0' + static_cast<int>(result));
    seen += static_cast<char>('0' + static_cast<int>(m.results.claims));
    const auto& path = m.submission.reverse_path;
    require(path.state == policy::ReversePath::State::address || path.domain.empty(),
            "only an address has a domain");
  }
  void not_relevant(evidence::NotRelevant) override { ++aside; }
  void bad(const evidence::BadRow& row) override {
    ++faults;
    require(!row.what.empty(), "a bad row says why");
  }
};

/// `read` takes a ByteSource and a Sink and gives Result<Tally>.
template <class Read>
void read_both_ways(std::string_view input, Read&& read, std::size_t least_piece = 1) {
  Counts whole;
  const auto tally = read(evidence::ByteSource::of(input), whole);
  if (tally) {
    std::uint64_t aside = 0;
    for (const std::uint64_t count : tally->not_relevant)
      aside += count;
    require(tally->rows == tally->messages + aside + tally->bad, "the tally adds up");
    require(tally->messages == whole.messages && aside == whole.aside && tally->bad == whole.faults,
            "the tally counts what the sink saw");
  } else {
    require(!tally.error().what.empty(), "an error says what is wrong");
  }
  Counts pieces;
  // A handful of pieces: each costs the source a whole block of its buffer.
  const std::size_t piece = std::max(least_piece, input.size() / 9 + 1);
  const auto again = read(evidence::ByteSource::of(input, piece), pieces);
  require(tally.has_value() == again.has_value() && whole.seen == pieces.seen &&
              whole.messages == pieces.messages && whole.faults == pieces.faults,
          "the size of the pieces changes nothing");
}

}  // namespace postern::fuzz
