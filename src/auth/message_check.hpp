// All of sender authentication for one message in one call: SPF, DKIM, ARC and DMARC.
//
//   MessageCheck check(crypto, {ip, helo, mail_from}, header, now, options);
//   while (more) check.add_body(piece);
//   auto task = check.finish(resolver);
//   task.start([](MessageAuthentication result) { … });
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/arc.hpp"
#include "auth/dkim.hpp"
#include "auth/dmarc.hpp"
#include "auth/spf_result.hpp"
#include "base/ip.hpp"
#include "base/time.hpp"
#include "message/header.hpp"

namespace postern::auth {

/// What the SMTP session told. Without an address, SPF is not checked.
struct ConnectionFacts {
  std::optional<IpAddress> ip;
  std::string helo;
  /// Envelope sender without brackets; empty for the null path (SPF then looks at HELO, RFC 7208,
  /// 2.4); nullopt where it is not known, and SPF looks at HELO alone.
  std::optional<std::string> mail_from;
};

struct MessageCheckOptions {
  std::string authserv_id;                   ///< our own name, for macros of SPF's explanations
  std::vector<std::string> trusted_sealers;  ///< ARC: see is_trusted_sealer()
  DkimLimits dkim;
  /// False: `now` is the latest at which the message may have come (see DkimVerification).
  bool arrival_known = true;
  /// DNS look-ups for one message, of SPF, DKIM, ARC and DMARC together; what is asked beyond
  /// counts as a server failure.
  unsigned most_lookups = 250;
};

/// SPF of one identity, MAIL FROM or HELO.
struct SpfFinding {
  bool checked = false;
  SpfResult result = SpfResult::none;
  bool identity_is_helo = false;
  std::string domain;       ///< that was checked, normal form
  std::string explanation;  ///< of the domain's owner (exp=), or why there is no result
  std::vector<std::string> trail;
};

struct MessageAuthentication {
  SpfFinding spf;
  std::vector<DkimOutcome> dkim;
  ArcOutcome arc;
  DmarcOutcome dmarc;
  std::vector<std::string> from_domains;
  bool from_unreadable = false;  ///< some From field can't be read whole, or names nobody
  /// What was looked at, in order, for people.
  std::vector<std::string> trail;

  /// DMARC passes, or no policy is published and SPF or DKIM pass for the From domain itself or one
  /// in its organisation.
  [[nodiscard]] bool authenticated() const noexcept;
  /// A temporary error stands in the way of an answer, or SPF was not checked and might have been
  /// it.
  [[nodiscard]] bool undetermined() const noexcept;
};

class MessageCheck {
 public:
  /// `header` is read by the caller, so that all that is told of a message is told of one reading
  /// of it; it may go afterwards. `crypto` stays until the task is done.
  MessageCheck(Crypto& crypto, ConnectionFacts connection, const message::HeaderBlock& header,
               UnixTime now, MessageCheckOptions options);
  ~MessageCheck();
  MessageCheck(const MessageCheck&) = delete;
  MessageCheck& operator=(const MessageCheck&) = delete;

  /// The body in pieces of any size, as on the wire without dot-stuffing.
  void add_body(std::string_view piece);
  /// Once. This object and `resolver` stay until the task is done.
  Task<MessageAuthentication> finish(Resolver& resolver);
  /// For a caller that waits no longer, once finish() was started: everything that DNS did not
  /// answer is a temporary error; what needs no DNS is told.
  [[nodiscard]] MessageAuthentication out_of_time() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace postern::auth
