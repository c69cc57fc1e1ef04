// From a profile to the admin interface of the tenant that it names.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "exchange/admin.hpp"
#include "exchange/claims.hpp"
#include "exchange/http.hpp"
#include "exchange/profile.hpp"
#include "exchange/token.hpp"

namespace postern::exchange {

/// A transport for the profile: its ca_bundle, and who we are.
Result<std::unique_ptr<Transport>> open_transport(const Profile&, const Surroundings&);

/// The admin interface over InvokeCommand. Nothing is sent before the first invoke(); that signs
/// in, and checks in the token that the application's permission is there and that it is of the
/// profile's tenant. The arguments must outlive what is returned.
std::unique_ptr<AdminInterface> connect(const Profile&, TokenSource&, Transport&,
                                        const Surroundings&);

/// What is wrong with a token before any call: another tenant's, for another resource, without the
/// permission. An unreadable token has nothing wrong that could be told.
Result<void> check_claims(const Claims&, const Profile&, const std::string& where);

/// The address that may follow from `location` (a redirect or a next page) when `base` is where the
/// token belongs: HTTPS, the same host or one below it, the base's own port (the front door's
/// :446 counts as 443). Anything else is an error: the token goes nowhere else.
Result<std::string> within(const std::string& location, const std::string& base,
                           const std::string& where);

}  // namespace postern::exchange
