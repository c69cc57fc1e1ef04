#include "evidence/logs/relay_rows.hpp"

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "base/hash.hpp"
#include "evidence/envelope_sender.hpp"
#include "evidence/logs/queued_messages.hpp"
#include "evidence/logs/refusal.hpp"
#include "policy/clouds.hpp"

namespace postern::evidence {

using policy::Known;

Known signed_in_at(bool own_server, bool handed_on) noexcept {
  if (!own_server) return Known::no;
  return handed_on ? Known::unknown : Known::yes;
}

std::string_view without_angles(std::string_view text) noexcept {
  text = trim(text);
  if (text.starts_with('<') && text.ends_with('>')) text = text.substr(1, text.size() - 2);
  return text;
}

LoggedMessage logged(const QueuedMessage& open) noexcept {
  LoggedMessage out;
  out.client_known = open.client_known;
  out.client = open.client;
  out.client_name = open.client_name;
  out.helo = open.helo;
  out.signed_in = open.signed_in;
  out.local = open.local;
  out.tls = open.tls;
  out.sender_state = open.sender_state;
  out.sender = open.sender;
  out.message_id = open.message_id;
  return out;
}

std::optional<IpAddress> RelayAddress::of(std::string_view host, std::string_view instance) {
  const auto& addresses = options_.relay_addresses;
  if (addresses.empty()) return std::nullopt;
  if (addresses.size() > 1) {
    tell_once(
        "the log does not tell by which of the addresses of --relay-ip its relay reaches Exchange "
        "Online: read each relay's log in a run of its own, with its own address");
    return std::nullopt;
  }
  const std::string_view file = tell_.tally().file;
  const std::string_view folder = file.substr(0, file.find_last_of("/\\") + 1);
  const HashSeed seed{options_.seed.first ^ hash_of(options_.seed, host.empty() ? folder : host),
                      options_.seed.second ^ (host.empty() ? 1 : 0)};
  if (relays_.is(hash_of(seed, instance))) return addresses.front();
  tell_once(
      "the address of --relay-ip is taken for the relay whose log came first, and this log holds "
      "mail of another: read each relay's log in a run of its own, with its own address");
  return std::nullopt;
}

// A name without a domain is nobody's: the server may have appended one, and the log does not say
// which.
bool set_logged_sender(policy::ReversePath::State state, std::string_view text,
                       DomainField& domains, Message& m) {
  using State = policy::ReversePath::State;
  policy::ReversePath& path = m.submission.reverse_path;
  path.state = state;
  if (state != State::address) return true;
  const EnvelopeSender sender = envelope_sender(text);
  path.state = sender.state;
  m.reverse_path = sender.address;
  if (sender.domain.empty()) return true;
  const auto normal = domains.read(sender.domain);
  if (normal) path.domain = *normal;
  return normal.has_value();
}

void RelayAddress::tell_once(std::string_view remark) {
  if (!told_) tell_.tally().remarks.emplace_back(remark);
  told_ = true;
}

bool RelayRows::set_addresses(const LoggedMessage& from, std::string_view recipient,
                              std::uint64_t line, Message& m) {
  if (!set_logged_sender(from.sender_state, from.sender, senders_, m)) {
    tell_.bad(line, "from", "is no mail address");
    return false;
  }
  m.recipient = recipient;
  const std::string_view domain = domain_of_address(recipient);
  if (domain.empty()) return true;  // a local name
  const auto normal = recipients_.read(domain);
  if (!normal) {
    tell_.bad(line, "to", "is no mail address");
    return false;
  }
  m.submission.recipient_domain = *normal;
  return true;
}

void RelayRows::set_client(const LoggedMessage& from, bool handed_on, Message& m) {
  if (!from.client_known) return;
  m.submission.client_ip = from.client;
  m.submission.authenticated = signed_in_at(from.signed_in || from.local, handed_on);
  m.submission.tls = from.tls;
  m.client_hostname = from.client_name;
  m.helo = from.helo;
}

void RelayRows::set_upstream(const LoggedMessage& from, Message& m) {
  if (!from.client_known) return;
  m.upstream_address = from.client;
  m.upstream_hostname = from.local                 ? std::string_view("the relay itself")
                        : from.client_name.empty() ? from.helo
                                                   : from.client_name;
}

void RelayRows::handed_in(const LoggedMessage& from, std::string_view recipient,
                          std::optional<UnixTime> time, std::uint64_t line) {
  Message m;
  if (!set_addresses(from, recipient, line, m)) return;
  m.submission.time = time;
  m.message_id = from.message_id;
  m.submission.client_ip = relay_.of(host_);
  m.direction = Direction::inbound;
  set_upstream(from, m);
  tell_.message(m);
}

void RelayRows::delivered(const LoggedMessage& from, const LoggedDelivery& to, std::uint64_t line) {
  Message m;
  if (!set_addresses(from, to.recipient, line, m)) return;
  m.submission.time = to.time;
  m.message_id = from.message_id;
  m.refusal = to.sent ? Refusal::none : refusal_of(to.reply);
  // Where the log does not name the host, its codes do, which Exchange Online alone has.
  const bool front_door = policy::is_front_door(to.next_host) || m.refusal != Refusal::none;
  if (front_door || policy::is_submission_host(to.next_host)) {
    m.submission.client_ip = relay_.of(host_);
    m.submission.authenticated = front_door && !to.signed_in ? Known::no : Known::yes;
    m.submission.tls = to.tls;
    m.direction = Direction::inbound;
    set_upstream(from, m);
  } else {
    set_client(from, !to.next_host.empty(), m);
  }
  if (!to.sent) {
    const bool refused = to.reply.starts_with('5') && m.refusal == Refusal::none;
    m.delivery = refused ? Delivery::blocked : Delivery::failed;
    // It was attributed to no connector.
    if (m.refusal == Refusal::direct_send) {
      m.submission.observed.state = policy::ObservedAttribution::State::default_connector;
    }
  }
  tell_.message(m);
}

void RelayRows::refused(const LoggedMessage& from, std::string_view recipient,
                        std::optional<UnixTime> time, std::uint64_t line) {
  Message m;
  if (!set_addresses(from, recipient, line, m)) return;
  m.submission.time = time;
  set_client(from, false, m);
  m.submission.authenticated = signed_in_at(from.signed_in, false);
  m.message_id = from.message_id;
  m.delivery = Delivery::blocked;
  m.direction = Direction::inbound;
  tell_.message(m);
}

}  // namespace postern::evidence
