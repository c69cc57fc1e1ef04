// Every submission there can be, in finitely many kinds: a part of each dimension that the rule
// looks at. Fixed are what could only replace a missing fact (recorded attribution, time) and what
// makes every tenant accept (signing in); an untrusted certificate counts as none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "difference/address_atoms.hpp"
#include "difference/name_atoms.hpp"
#include "policy/submission.hpp"

namespace postern::difference {

class Space {
 public:
  /// The tenants must outlive it.
  explicit Space(Policies);

  AddressAtoms addresses;
  NameAtoms domains;       ///< of senders and of recipients
  NameAtoms certificates;  ///< of names that a trusted certificate presents

  // Senders are the parts of `domains`, and one more for the empty reverse path. A mailbox without
  // a domain is an "other".
  [[nodiscard]] std::size_t senders() const { return domains.size() + 1; }
  [[nodiscard]] std::size_t null_sender() const { return domains.size(); }
  // Sessions: without TLS, then with TLS and no certificate or one with an "other" name, then with
  // the other parts of `certificates`.
  static constexpr std::size_t without_tls = 0;
  static constexpr std::size_t with_tls = 1;
  [[nodiscard]] std::size_t sessions() const { return certificates.size() + 1; }

  /// How many kinds of mail stand for all mail. Azure Communication Services is told apart.
  [[nodiscard]] std::uint64_t kinds() const;

  /// A submission of these parts. Its views go into this object.
  [[nodiscard]] policy::Submission submission(std::size_t sender, std::size_t recipient,
                                              std::size_t session, IpAddress address) const;

  // The parts in which a submission lies.
  [[nodiscard]] std::size_t sender_of(const policy::Submission&) const;
  [[nodiscard]] std::size_t recipient_of(const policy::Submission&) const;
  /// One for each name that its certificate presents, at least one. What comes of a certificate
  /// with several names is the earliest clause that any of them reaches.
  [[nodiscard]] std::vector<std::size_t> sessions_of(const policy::Submission&) const;
};

}  // namespace postern::difference
