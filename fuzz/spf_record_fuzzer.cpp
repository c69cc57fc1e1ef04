#include <string>
#include <string_view>
#include <utility>

#include "auth/spf_record.hpp"
#include "fuzz.hpp"

void postern::fuzz::run(std::string_view input) {
  const std::string text =
      auth::is_spf_record(input) ? std::string(input) : "v=spf1 " + std::string(input);
  const auto record = auth::SpfRecord::parse(text);
  if (!record) {
    require(record.error().what.size() < 1000, "a fault is named in short");
    return;
  }
  std::string again = "v=spf1";
  for (const auto& term : (*record)->terms()) {
    require(term.prefix_v4 <= 32 && term.prefix_v6 <= 128, "prefix lengths are in range");
    again += "  " + std::string(term.text);
  }
  for (const auto& [name, value] : {std::pair{" redirect=", (*record)->redirect()},
                                    std::pair{" exp=", (*record)->explanation()}}) {
    if (!value.empty()) again += name + std::string(value);
  }
  auth::SpfRecordCache cache(1);
  const auto reread = cache.parse(again);
  require(reread && (*reread)->terms().size() == (*record)->terms().size() &&
              (*reread)->redirect() == (*record)->redirect() &&
              (*reread)->explanation() == (*record)->explanation(),
          "a record of the terms that were read is the same record");
}
