// What postern evidence fetch did, as text and JSON ("postern/fetch/1", docs/schema/fetch-1.json).
#pragma once

#include <string>

#include "exchange/fetch.hpp"
#include "report/style.hpp"

namespace postern::report {

struct FetchHeading {
  std::string tenant;
  std::string source;
  std::string folder;
};

struct FetchDocument {
  const FetchHeading& heading;
  const exchange::Fetched& done;
};

std::string fetch_text(const FetchDocument&, const Style&);
std::string fetch_json(const FetchDocument&, const Style&);

}  // namespace postern::report
