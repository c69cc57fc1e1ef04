#include "evidence/mail/mail_trace.hpp"

#include <cstdint>
#include <utility>

#include "base/ascii.hpp"
#include "policy/clouds.hpp"

namespace postern::evidence {
namespace {

// A loop of a hundred hops is broken up by every server (RFC 5321, 6.3).
constexpr std::size_t most_hops = 100;

// fetchmail and its kind: the message was collected, not delivered.
bool is_retrieval(const message::Received& line) noexcept {
  return istarts_with(line.with, "IMAP") || istarts_with(line.with, "POP3");
}

// Steps within one system: from a private address, or by means other than SMTP.
bool is_local_step(const message::Received& line) noexcept {
  if (line.client_ip) return !line.client_ip->is_public();
  return line.helo.empty() || istarts_with(line.with, "LMTP") || istarts_with(line.with, "local");
}

// Where Exchange Online's servers talk to each other: private space, and the blocks of its
// datacentres in which Received lines of public mail show them (2603:10?6::/32). No stranger
// connects from there; what goes out to the Internet has other addresses.
bool is_inside_address(const IpAddress& address) noexcept {
  if (!address.is_public()) return true;
  const auto start = static_cast<std::uint32_t>(address.key() >> 96);
  return (start & 0xffffff0f) == 0x26031006;
}

}  // namespace

MailTrace trace_of(const message::HeaderBlock& header) {
  MailTrace trace;
  const auto& fields = header.fields();
  trace.entry_field = fields.size();
  trace.outside_field = fields.size();
  const auto lines = header.all("Received");
  bool lowest_is_mapi = false;
  bool all_inside = !lines.empty() && lines.size() <= most_hops;
  for (std::size_t i = 0; i < lines.size() && i < most_hops; ++i) {
    message::Received line = message::parse_received(message::unfold(fields[lines[i]].body));
    if (is_retrieval(line)) continue;
    if (!trace.topmost_time) trace.topmost_time = line.time;

    const bool inside = policy::is_exchange_online_host(line.by);
    if (trace.system == MailTrace::System::unknown) {
      trace.system = inside ? MailTrace::System::exchange_online : MailTrace::System::other;
    }
    bool is_entry = false;
    if (trace.system == MailTrace::System::exchange_online) {
      if (!inside) {
        all_inside = false;
        break;
      }
      trace.resubmitted = trace.resubmitted || istarts_with(line.with, "MailboxResubmission");
      // From one of its servers to another is no way in, wherever the other one stands.
      const bool between_servers = line.client_ip && is_inside_address(*line.client_ip) &&
                                   policy::is_exchange_online_host(line.helo);
      trace.front_door = policy::is_front_door(line.by) && !between_servers;
      // The HELO name is the client's word, but only behind the front door could a stranger have
      // given it: elsewhere clients have signed in.
      is_entry = trace.front_door || (line.client_ip && line.client_ip->is_public() &&
                                      !policy::is_exchange_online_host(line.helo));
      lowest_is_mapi = istarts_with(line.with, "mapi");
    } else {
      all_inside = false;
      is_entry = line.client_ip && line.client_ip->is_public();
      trace.front_door = is_entry && !line.authenticated;
      // A line that doesn't say where its message came from ends what can be known.
      if (!is_entry && !is_local_step(line)) break;
    }
    if (is_entry) {
      all_inside = false;
      trace.entry = std::move(line);
      trace.entry_field = lines[i];
      if (i + 1 < lines.size()) trace.outside_field = lines[i + 1];
      break;
    }
  }
  trace.from_mailbox =
      all_inside && lowest_is_mapi && trace.system == MailTrace::System::exchange_online;
  return trace;
}

}  // namespace postern::evidence
