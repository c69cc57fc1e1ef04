// A transaction over a next hop.
#pragma once

#include <memory>

#include "gate/delivery.hpp"
#include "gate/next_hop.hpp"
#include "gate/sign_in.hpp"
#include "smtp/envelope.hpp"
#include "smtp/xclient.hpp"

namespace postern::gate {

/// Over a next hop of `route`. `client` is told by XCLIENT where the hop takes it. Mail of a client
/// that signed in goes over the connection where it did. `hops` and `sign_in` must outlive it.
std::unique_ptr<Delivery> relay(NextHops& hops, std::shared_ptr<const NextHopOptions> options,
                                std::shared_ptr<const Routes> routes, const Route& route,
                                smtp::ClientAttributes client, const smtp::MailFrom& mail,
                                SignIn& sign_in);

}  // namespace postern::gate
