// Sender Policy Framework, RFC 7208: may this address send for that domain?
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "auth/resolver.hpp"
#include "auth/spf_record.hpp"
#include "auth/spf_result.hpp"
#include "auth/task.hpp"
#include "base/ip.hpp"
#include "base/time.hpp"

namespace postern::auth {

struct SpfQuery {
  IpAddress ip;           ///< of the client; IPv4-mapped addresses are IPv4
  std::string mail_from;  ///< without brackets; empty for the null path: HELO is then checked
  std::string helo;
  std::string receiver;  ///< our own name, for the macro r
  UnixTime now = 0;      ///< for the macro t
};

/// RFC 7208, 4.6.4.
struct SpfLimits {
  unsigned terms_with_lookups = 10;
  unsigned void_lookups = 2;
  unsigned names_a_term = 10;  ///< MX hosts, PTR names
  /// Steps after which the trail leaves out terms that do not match, and says so. What decides is
  /// always listed.
  std::size_t trail_steps = 1000;
};

/// One thing that was looked at.
struct SpfStep {
  unsigned depth = 0;    ///< 0 for the domain's own record, one more in each include
  std::string domain;    ///< whose record it is
  std::string term;      ///< as written; empty for the record itself
  std::string outcome;   ///< "matched", "no match", "permanent error: …", or the record's text
  unsigned lookups = 0;  ///< terms that cost a lookup, so far
};

struct SpfOutcome {
  SpfResult result = SpfResult::none;
  bool identity_is_helo = false;
  std::string domain;          ///< that was checked
  std::string explanation;     ///< of the domain's owner (exp=) where the result is fail
  std::string problem;         ///< what is wrong, where the result is an error
  std::vector<SpfStep> trail;  ///< empty unless asked for
};

struct SpfOptions {
  SpfLimits limits;
  bool keep_trail = false;
  bool explain = true;              ///< ask for the text of exp= where the result is fail
  SpfRecordCache* cache = nullptr;  ///< where several checks follow each other
};

/// check_host() of MAIL FROM, or of HELO where the path is null (RFC 7208, 2.4). `resolver` and the
/// cache stay until the task is done.
Task<SpfOutcome> check_spf(Resolver& resolver, SpfQuery query, SpfOptions options = {});

}  // namespace postern::auth
