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

std::string fetch_text(const FetchHeading&, const exchange::Fetched&, const Style&);
std::string fetch_json(const FetchHeading&, const exchange::Fetched&);

}  // namespace postern::report
