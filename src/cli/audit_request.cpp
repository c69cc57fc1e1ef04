#include "cli/audit_request.hpp"

#include <utility>

#include "audit/catalogue.hpp"

namespace postern::cli {

Result<audit::Request> audit_request(const std::string& controls, const std::string& waivers,
                                     UnixTime now) {
  auto catalogue = audit::load_catalogue(controls);
  if (!catalogue) return tl::unexpected(catalogue.error());
  audit::Request request;
  request.today = format_date(now);
  if (!waivers.empty()) {
    auto read = audit::load_waivers(waivers, *catalogue);
    if (!read) return tl::unexpected(read.error());
    request.waivers = std::move(*read);
  }
  request.controls = std::move(*catalogue);
  return request;
}

}  // namespace postern::cli
