// What the answers of a mail host prove, and what they do not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probe/envelopes.hpp"
#include "probe/reply_meaning.hpp"

namespace postern::probe {

/// How far one envelope got.
struct Observation {
  Envelope envelope;
  bool answered = false;  ///< false: no connection, no TLS, or it broke; `fault` says what
  std::string fault;
  smtp::Stage stage = smtp::Stage::connect;  ///< of the decisive reply, or of the fault
  smtp::Reply reply;
  Meaning meaning = Meaning::not_understood;
  bool tls = false;
  std::string tls_version;  ///< "TLSv1.3"
  std::string id;           ///< of the test message, where one was sent
  policy::Verdict expected;

  /// The host took the whole message.
  [[nodiscard]] bool taken() const noexcept {
    return answered && meaning == Meaning::accepted && stage == smtp::Stage::message;
  }
};

enum class Answer : std::uint8_t { yes, no, inconclusive };
std::string_view name_of(Answer) noexcept;

struct Finding {
  Answer answer = Answer::inconclusive;
  std::string because;      ///< one sentence, quoting reply and stage
  std::string would_prove;  ///< where inconclusive
};

struct Conclusion {
  Finding direct_send_refused;
  Finding locked_down;
  std::vector<std::string> notes;  ///< one sentence each
};

/// `observations` hold each question at most once. `sent`: whole messages were offered; without,
/// a good reply to RCPT proves nothing (Exchange may decide later, and mail-flow rules do).
Conclusion conclude(const std::vector<Observation>& observations, bool sent,
                    bool tenant_has_addresses);

}  // namespace postern::probe
