#include <cstddef>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

#include "evidence/tables/ledger_reader.hpp"
#include "reading.hpp"

void postern::fuzz::run(std::string_view input) {
  // SQLite opens files alone; this one is in memory.
  static const int file = ::memfd_create("ledger", 0);
  require(::ftruncate(file, 0) == 0 &&
              ::pwrite(file, input.data(), input.size(), 0) == static_cast<::ssize_t>(input.size()),
          "there is room for the input");
  Counts sink;
  evidence::Tally tally;
  evidence::Teller tell(sink, tally);
  const auto done = evidence::read_ledger("/proc/self/fd/" + std::to_string(file), {}, tell);
  require(done || !done.error().what.empty(), "an error says what is wrong");
  require(tally.rows == tally.messages + tally.bad, "the tally adds up");
}
