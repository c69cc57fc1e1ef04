// What the gate's page is made of, as the admin listener asks for it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/hash.hpp"
#include "base/time.hpp"
#include "gate/event_log.hpp"
#include "gate/metrics.hpp"
#include "gate/page_site.hpp"
#include "ledger/change.hpp"
#include "page/running.hpp"

namespace postern::page {

/// What a site works with. All of it outlives the site.
struct Surroundings {
  Running& running;
  const gate::Metrics& metrics;
  gate::EventLog& log;
  UnixTime (*now)();
  HashSeed seed;
  std::string ledger;  ///< the database; empty: none is kept
  /// Keeps what a person changed; null: no ledger does.
  std::function<void(ledger::Change)> keep;
};

/// Reads the ledger from then on while somebody looks, on the threads that ask and on one of its
/// own. To be asked by one thread at a time.
std::shared_ptr<gate::PageSite> make_site(Surroundings);

}  // namespace postern::page
