// What the rule knows of a message, without the message: messages of the same shape fare alike
// under whatever policy, so that evidence can be decided again after it was read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "policy/submission.hpp"

namespace postern::impact {

/// A Submission that owns its text, with how many messages were like it.
struct Shape {
  std::optional<IpAddress> client_ip;
  policy::Known authenticated = policy::Known::unknown;
  policy::Known tls = policy::Known::unknown;
  policy::ClientCertificate::State certificate = policy::ClientCertificate::State::unknown;
  bool certificate_trusted = true;
  bool certificate_is_stated = false;     ///< by a person, of some of the messages at least
  std::string subject;                    ///< of the certificate
  std::vector<std::string> alternatives;  ///< its subject alternative names
  policy::ReversePath::State reverse_path = policy::ReversePath::State::unknown;
  std::string sender_domain;
  std::optional<std::string> recipient_domain;
  policy::ObservedAttribution::State observed = policy::ObservedAttribution::State::unknown;
  std::string observed_connector;
  bool azure_communication_services = false;
  /// Of one of the messages; all of them came between the same two changes of connectors.
  std::optional<UnixTime> time;

  std::uint64_t messages = 0;
  std::uint64_t unwanted = 0;  ///< of these, junked, quarantined or blocked on arrival

  static Shape of(const policy::Submission&);
  /// Whether the rule can't tell them apart; counts are not compared. `changes` are the times at
  /// which connectors changed, ascending.
  [[nodiscard]] bool alike(const policy::Submission&, const std::vector<UnixTime>& changes) const;
  /// The same for all that are alike.
  static std::uint64_t hash_of(const policy::Submission&, const std::vector<UnixTime>& changes,
                               HashSeed seed);

  /// Calls visit(Submission), whose views live during the call.
  template <class Visit>
  auto with_submission(Visit visit) const {
    const std::vector<std::string_view> names(alternatives.begin(), alternatives.end());
    return visit(submission(names));
  }
  /// The same as the evidence has it: without what a person stated.
  template <class Visit>
  auto with_recorded(Visit visit) const {
    return with_submission([&](policy::Submission recorded) {
      if (certificate_is_stated) {
        recorded.tls = policy::Known::unknown;
        recorded.certificate = {};
      }
      return visit(recorded);
    });
  }

 private:
  [[nodiscard]] policy::Submission submission(const std::vector<std::string_view>& names) const;
};

/// The one trusted certificate that all of them came with; empty where there is none.
std::string one_certificate_of(const std::vector<Shape>&);

}  // namespace postern::impact
