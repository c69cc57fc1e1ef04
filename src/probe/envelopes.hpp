// The five envelopes of a probe, and the test messages that go with them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "policy/policy.hpp"

namespace postern::probe {

enum class Question : std::uint8_t {
  own_domain,             ///< A: MAIL FROM at an accepted domain
  foreign_domain,         ///< B: MAIL FROM at a domain of nobody here
  subdomain,              ///< C: MAIL FROM below an accepted domain
  null_sender,            ///< D: MAIL FROM:<>
  foreign_with_own_from,  ///< E: foreign MAIL FROM, own domain in the header From
};
constexpr std::size_t question_count = 5;

char letter_of(Question) noexcept;             ///< 'A' to 'E'
std::string_view name_of(Question) noexcept;   ///< "own_domain", …
std::string_view describe(Question) noexcept;  ///< for people

struct Envelope {
  Question question = Question::own_domain;
  std::string reverse_path;  ///< without brackets; empty for <>
  std::string header_from;
  std::string recipient;
};

/// What the administrator names.
struct Subject {
  std::string mailbox;  ///< at an accepted domain of the tenant
  std::string foreign;  ///< a domain that is not
};

/// The sender of A is the mailbox itself: it exists, and attackers do the same. Errors: the mailbox
/// is no address, its domain belongs to nobody here (a probe of somebody else's), the foreign
/// domain belongs to the tenant.
Result<std::vector<Envelope>> envelopes(const Subject&, const policy::Policy&);

/// A whole message in CRLF lines: says in header, subject and text that it is a test, what it tests
/// and with which id. Headers take nothing but ASCII of our own and the envelope's addresses.
std::string test_message(const Envelope&, std::string_view id, UnixTime now);

/// What the tenant's settings make of the envelope for a client in no connector, with TLS and
/// without a certificate.
policy::Verdict expected(const Envelope&, const policy::Policy&);

}  // namespace postern::probe
