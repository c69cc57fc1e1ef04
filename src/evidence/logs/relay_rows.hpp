// Rows out of the log of a mail server, whatever program wrote it: what one delivery, or one
// refusal, says of the submission. Internal to the room.
//
// Two doors are told apart by where the delivery went. To anywhere but Exchange Online: the log is
// that of our own mail host, and the client that connected to it is the client. To Exchange Online:
// the log is that of our own relay, Exchange sees the relay (Options::relay_addresses), and who
// handed the message to the relay is the upstream.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ip.hpp"
#include "base/time.hpp"
#include "evidence/reader.hpp"
#include "evidence/registry.hpp"
#include "evidence/source_reading.hpp"
#include "evidence/tables/field_values.hpp"
#include "evidence/teller.hpp"

namespace postern::evidence {

/// A message at a mail server. Texts are views into the log or into what is kept of it.
struct LoggedMessage {
  bool client_known = false;  ///< the log shows how it came; else the fields down to helo are empty
  std::optional<IpAddress> client;
  std::string_view client_name;
  std::string_view helo;
  bool signed_in = false;
  bool local = false;  ///< handed over on the server itself
  policy::Known tls = policy::Known::unknown;
  policy::ReversePath::State sender_state = policy::ReversePath::State::unknown;
  std::string_view sender;  ///< without brackets
  std::string_view message_id;
};

struct QueuedMessage;
LoggedMessage logged(const QueuedMessage& open) noexcept;

/// What became of it for one recipient.
struct LoggedDelivery {
  std::optional<UnixTime> time;
  std::string_view recipient;
  std::string_view next_host;  ///< name of the server that it was handed to; empty where local
  std::string_view reply;      ///< that server's
  bool sent = false;
  bool signed_in = false;                      ///< at the next host
  policy::Known tls = policy::Known::unknown;  ///< towards the next host
};

/// The address under which the relay that wrote a log reaches Exchange Online. Of several that were
/// named none is taken; one that was named is that of the relay whose log came first, whatever
/// number of files it wrote, and of no other. The file gets a remark where none is taken.
class RelayAddress {
 public:
  explicit RelayAddress(const Reading& reading)
      : options_(reading.options),
        tell_(reading.tell),
        relays_(reading.nesting.relays == nullptr ? own_ : *reading.nesting.relays) {}
  /// `host` and `instance` tell relays apart; where a log has no host, its folder does.
  std::optional<IpAddress> of(std::string_view host, std::string_view instance = {});

 private:
  void tell_once(std::string_view remark);

  const Options& options_;
  Teller& tell_;
  NamedRelay own_;
  NamedRelay& relays_;
  bool told_ = false;
};

class RelayRows {
 public:
  explicit RelayRows(const Reading& reading) : relay_(reading), tell_(reading.tell) {}

  /// Which server wrote what comes next.
  void written_by(std::string_view host) {
    if (host_ != host) host_ = host;
  }
  /// The final delivery, or failure, for one recipient.
  void delivered(const LoggedMessage&, const LoggedDelivery&, std::uint64_t line);
  /// The server took it for a recipient, and the log does not show where it went on to: a relay's
  /// all the same, with how it signed in there unknown.
  void handed_in(const LoggedMessage&, std::string_view recipient, std::optional<UnixTime> time,
                 std::uint64_t line);
  /// The server itself refused a recipient. The client is the client, wherever its mail goes.
  void refused(const LoggedMessage&, std::string_view recipient, std::optional<UnixTime> time,
               std::uint64_t line);
  void not_relevant(NotRelevant why) { tell_.not_relevant(why); }
  void bad(std::uint64_t line, std::string_view column, std::string_view what) {
    tell_.bad(line, column, what);
  }

 private:
  bool set_addresses(const LoggedMessage&, std::string_view recipient, std::uint64_t line,
                     Message&);
  static void set_client(const LoggedMessage& from, bool handed_on, Message& m);
  static void set_upstream(const LoggedMessage&, Message&);

  RelayAddress relay_;
  std::string host_;
  Teller& tell_;
  DomainField senders_, recipients_;
};

/// The envelope sender as a log has it, of which `state` is known. False where its domain is none.
bool set_logged_sender(policy::ReversePath::State state, std::string_view text,
                       DomainField& domains, Message& m);

/// Whether who handed a message in at one's own server is signed in: there, where the message
/// stays. What goes on to another server may reach Exchange Online from it, where nobody knows of
/// that.
policy::Known signed_in_at(bool own_server, bool handed_on) noexcept;

/// Text between '<' and '>' at the front; the text itself where there are none.
std::string_view without_angles(std::string_view text) noexcept;

}  // namespace postern::evidence
