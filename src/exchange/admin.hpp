// Exchange Online's admin interface as the rest of the program sees it: a cmdlet with parameters
// goes in, objects come out. One implementation speaks to the service (connect.hpp); tests put
// their own behind the same interface.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace postern::exchange {

/// What the service answered to one cmdlet.
struct Answer {
  /// The objects as a JSON array in UTF-8: "[]" where there were none, "[{…}]" for a single one.
  /// All pages together. The service's type sidecars ("Guid@data.type", "Guid@odata.type") are
  /// left out; nulls are kept, since null is an answer of its own.
  std::string objects = "[]";
  /// "@adminapi.warnings", usually empty.
  std::vector<std::string> warnings;
};

/// Whether an error of invoke() says that the object of the cmdlet does not exist, as the front end
/// that answered knows it.
bool says_not_found(const Error&);

/// Not for several threads at once; open one for each.
class AdminInterface {
 public:
  AdminInterface() = default;
  AdminInterface(const AdminInterface&) = delete;
  AdminInterface& operator=(const AdminInterface&) = delete;
  virtual ~AdminInterface() = default;

  /// Runs one cmdlet. `parameters` is a JSON object: {"RejectDirectSend":true}; lists are JSON
  /// arrays, switches are true. Any 2xx is success, also one without a body.
  ///
  /// Reads (Get-…) are repeated when the service is busy; a list that came only in part is an
  /// error, never a short answer. Anything else is repeated only where the service said that it did
  /// not take it (429, or 503 with Retry-After) or where nothing was sent. After any other error of
  /// a write the change may have been made nevertheless: read back to know.
  ///
  /// The Error's `what` quotes the service's own words where it gave any that help, `where` is
  /// "live:NAME, Cmdlet-Name", `remedy` names the missing role or permission where that is it.
  virtual Result<Answer> invoke(std::string_view cmdlet, std::string_view parameters) = 0;

  /// What messages call this tenant: "live:contoso".
  [[nodiscard]] virtual std::string name() const = 0;
};

}  // namespace postern::exchange
