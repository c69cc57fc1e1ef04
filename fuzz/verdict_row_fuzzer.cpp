// A row as it comes from a cluster, where anybody may have written it who may publish.
#include <string>
#include <string_view>

#include "fuzz.hpp"
#include "ledger/published.hpp"

namespace postern::fuzz {

void run(std::string_view input) {
  const ledger::Row row = ledger::read_published(input);
  if (row.fault.empty()) {
    const std::string once = ledger::published_form(row);
    const ledger::Row again = ledger::read_published(once);
    require(again.fault.empty(), "a row that is understood goes on as one");
    require(ledger::published_form(again) == once, "and is the same");
  }
  if (const auto id = ledger::VerdictId::parse(input))
    require(ledger::VerdictId::parse(id->text()) == id, "an id is read as it was written");
}

}  // namespace postern::fuzz
