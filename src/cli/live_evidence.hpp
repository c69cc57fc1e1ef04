// Evidence of a live tenant into a folder, the same way in every command that fetches.
#pragma once

#include "base/result.hpp"
#include "exchange/connect.hpp"
#include "exchange/fetch.hpp"

namespace postern::cli {

/// What asking a live tenant takes.
struct LiveParts {
  const exchange::Profile& profile;
  exchange::TokenSource& tokens;
  exchange::Transport& transport;
  exchange::AdminInterface& admin;
};

/// Fetches what is asked for; the tenant's domains are asked of it. Errors: those of
/// exchange::fetch_evidence, a source that the cloud does not have.
Result<exchange::Fetched> fetch_live(exchange::FetchRequest, const LiveParts&,
                                     const exchange::Surroundings&, const exchange::FetchProgress&);

}  // namespace postern::cli
