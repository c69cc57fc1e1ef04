// Microsoft Graph, as far as evidence goes: message traces and advanced hunting.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "exchange/http.hpp"
#include "exchange/profile.hpp"
#include "exchange/token.hpp"
#include "exchange/trace.hpp"

namespace postern::exchange {

/// Not for several threads at once; the arguments must outlive it.
class Graph {
 public:
  Graph(const Profile&, TokenSource&, Transport&, const Surroundings&);

  /// A page of rows and the address of the next, if any.
  struct Rows {
    std::string body;  ///< as it came: {"value":[…]} or {"schema":…,"results":[…]}
    std::size_t count = 0;
    std::string next;
  };

  /// GET /v1.0/admin/exchange/tracing/messageTraces of a stretch of at most ten days, or the page
  /// at `next` (Graph v1.0, "exchangeMessageTrace").
  Result<Rows> message_traces(const std::string& since, const std::string& until,
                              const std::string& next);

  /// GET …/messageTraces/{id}/getDetailsByRecipient: a JSON array of what became of one message for
  /// one recipient, each row with the id of its trace row besides, as "MessageTraceId", since its
  /// own "id" is another. Its "data" is what the cmdlet's is (docs/evidence.md).
  Result<std::string> trace_details(const TraceCandidate&);

  /// POST /v1.0/security/runHuntingQuery. An answer without the columns of EmailEvents, whatever
  /// the case of the schema's own keys, is an error.
  Result<Rows> hunting(const std::string& query);

 private:
  Result<Response> send(Request, const std::string& where);

  Profile profile_;
  TokenSource& tokens_;
  Transport& transport_;
  const Surroundings& around_;
  std::string base_;
};

/// The query for EmailEvents of inbound and internal mail in [since, until) whose envelope sender
/// is at one of the domains ("*.contoso.com" takes what is below it).
std::string email_events_query(const std::vector<std::string>& domains, UnixTime since,
                               UnixTime until);

}  // namespace postern::exchange
