// Exceptions from the rule, and protections beyond it: what the message itself decides.
#pragma once

#include <cstdint>
#include <string_view>

#include "judge/author.hpp"
#include "judge/proofs.hpp"
#include "smtp/reply.hpp"

namespace postern::judge {

/// Some author is at a domain that a tenant of ours owns.
bool has_own_author(const Judge& judge, const Author& author);

/// Whether a message that the rule refuses for Direct Send passes by an exception.
struct Exception {
  Finding finding = Finding::no;
  std::string_view name;  ///< "aligned_dkim", "dmarc_pass", "trusted_arc_sealer"; a literal
};
/// `results` nullptr: not checked.
Exception exception_for(const Judge& judge, const Author& author, std::uint32_t tenant,
                        const auth::MessageAuthentication* results);

/// What a protection holds against a message.
struct Objection {
  Finding finding = Finding::no;
  std::string_view name;  ///< "own_header_from", "multiple_from", "unreadable_from"; a literal
  smtp::Reply reply;      ///< where the finding is not `no`
};
Objection objection_to(const Judge& judge, const Author& author,
                       const auth::MessageAuthentication* results);

/// A reply with the administrator's line of support behind its text.
smtp::Reply supported(const Settings& settings, smtp::Reply reply);

}  // namespace postern::judge
