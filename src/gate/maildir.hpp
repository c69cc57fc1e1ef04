// Delivery into a Maildir: written under tmp/, synced, renamed into new/. The place for a gate
// without a next hop, as for trying a tenant's setting at home. Syncing makes the event loop wait.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "gate/delivery.hpp"

namespace postern::gate {

/// Makes the folder with tmp, new and cur where they are missing. Errors: what check_maildir()
/// says.
Result<void> prepare_maildir(const std::string& folder);
/// Whether that could be done, and delivered there. What is missing is made and taken away again,
/// the one thing that tells on every file system; nothing stays.
Result<void> check_maildir(const std::string& folder);

/// `mail` is the transaction's envelope; `now` and `unique` make the file's name: unique must never
/// come twice in one process.
std::unique_ptr<Delivery> maildir_delivery(std::string folder, const smtp::MailFrom& mail,
                                           UnixTime now, std::uint64_t unique);

}  // namespace postern::gate
