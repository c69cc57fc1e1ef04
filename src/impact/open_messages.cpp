#include "impact/open_messages.hpp"

#include "impact/distinct.hpp"

namespace postern::impact {

using evidence::AuthResult;
using evidence::Delivery;
using evidence::Direction;
using evidence::Message;
using policy::Known;

MessageIds::MessageIds(const Message& message) {
  std::string_view ids[] = {message.network_message_id, message.message_id};
  for (std::size_t i = 0; i < 2; ++i) {
    if (ids[i].starts_with('<')) ids[i].remove_prefix(1);
    if (ids[i].ends_with('>')) ids[i].remove_suffix(1);
    if (!ids[i].empty()) of[i] = hash_text(ids[i]);
  }
}

KeptMessage::KeptMessage(const Message& message) : known_(message) {
  const policy::Submission& s = message.submission;
  const std::string_view texts[] = {
      message.reverse_path,
      message.header_from,
      message.header_from_domain,
      message.recipient,
      message.message_id,
      message.network_message_id,
      message.subject,
      message.helo,
      message.client_hostname,
      s.reverse_path.domain,
      s.recipient_domain.value_or(std::string_view{}),
      s.observed.connector,
  };
  for (std::size_t i = 0; i < std::size(texts_); ++i)
    texts_[i] = texts[i];
}

Message KeptMessage::view() const {
  Message m = known_;
  std::string_view* const views[] = {
      &m.reverse_path,
      &m.header_from,
      &m.header_from_domain,
      &m.recipient,
      &m.message_id,
      &m.network_message_id,
      &m.subject,
      &m.helo,
      &m.client_hostname,
      &m.submission.reverse_path.domain,
  };
  std::size_t i = 0;
  for (std::string_view* view : views)
    *view = texts_[i++];
  if (m.submission.recipient_domain) m.submission.recipient_domain = texts_[i];
  m.submission.observed.connector = texts_[++i];
  // Certificates are never part of what is joined.
  m.submission.certificate.subject = {};
  m.submission.certificate.subject_alternative_names = {};
  return m;
}

void KeptMessage::complete(const KeptMessage& other) {
  Message& m = known_;
  const Message& o = other.known_;
  policy::Submission& s = m.submission;
  using PathState = policy::ReversePath::State;
  using Attribution = policy::ObservedAttribution::State;
  enum : std::size_t {
    reverse_path,
    header_from,
    recipient = 3,
    path_domain = 9,
    recipient_domain,
    connector
  };
  for (std::size_t i = recipient; i < path_domain; ++i) {
    if (texts_[i].empty()) texts_[i] = other.texts_[i];
  }
  if (s.reverse_path.state == PathState::unknown &&
      o.submission.reverse_path.state != PathState::unknown) {
    // What was uncertain turns out to be the header From, or the same.
    if (m.reverse_path_uncertain && texts_[header_from].empty()) {
      texts_[header_from] = texts_[reverse_path];
    }
    s.reverse_path.state = o.submission.reverse_path.state;
    m.reverse_path_uncertain = false;
    texts_[reverse_path] = other.texts_[reverse_path];
    texts_[path_domain] = other.texts_[path_domain];
  }
  if (!s.client_ip || (o.submission.client_ip && o.fragment)) {
    if (o.submission.client_ip) s.client_ip = o.submission.client_ip;
  }
  if (s.authenticated == Known::unknown) s.authenticated = o.submission.authenticated;
  if (s.tls == Known::unknown) s.tls = o.submission.tls;
  if (s.observed.state == Attribution::unknown) {
    s.observed.state = o.submission.observed.state;
    texts_[connector] = other.texts_[connector];
  }
  if (!s.recipient_domain && o.submission.recipient_domain) {
    s.recipient_domain = std::string_view{};
    texts_[recipient_domain] = other.texts_[recipient_domain];
  }
  if (!s.time) s.time = o.submission.time;
  if (m.delivery == Delivery::unknown) m.delivery = o.delivery;
  if (m.direction == Direction::unknown) m.direction = o.direction;
}

bool OpenMessages::add_fragment(const Message& fragment) {
  const MessageIds ids(fragment);
  const KeptMessage kept(fragment);
  bool used = false;
  for (const std::uint64_t id : ids.of) {
    if (id == 0) continue;
    const auto [first, last] = parked_places_.equal_range(id);
    for (auto it = first; it != last; ++it) {
      parked_[it->second].complete(kept);
      used = true;
    }
  }
  for (const std::uint64_t id : ids.of) {
    const auto found = id == 0 ? fragment_places_.end() : fragment_places_.find(id);
    if (found == fragment_places_.end()) continue;
    fragments_[found->second].message.complete(kept);
    fragments_[found->second].used = fragments_[found->second].used || used;
    return true;
  }
  if (fragments_.size() == most_) {
    ++dropped_;
    return used;
  }
  const auto place = static_cast<std::uint32_t>(fragments_.size());
  fragments_.push_back({kept, used});
  for (const std::uint64_t id : ids.of) {
    if (id != 0) fragment_places_.emplace(id, place);
  }
  return used;
}

const KeptMessage* OpenMessages::fragment_of(const Message& message) {
  if (fragments_.empty()) return nullptr;
  const MessageIds ids(message);
  for (const std::uint64_t id : ids.of) {
    const auto found = id == 0 ? fragment_places_.end() : fragment_places_.find(id);
    if (found == fragment_places_.end()) continue;
    fragments_[found->second].used = true;
    return &fragments_[found->second].message;
  }
  return nullptr;
}

bool OpenMessages::park(const Message& message) {
  const MessageIds ids(message);
  if (ids.of[0] == 0 && ids.of[1] == 0) return false;
  if (parked_.size() >= most_) {
    if (most_ > 0) ++dropped_;
    return false;
  }
  const auto place = static_cast<std::uint32_t>(parked_.size());
  parked_.emplace_back(message);
  for (const std::uint64_t id : ids.of) {
    if (id != 0) parked_places_.emplace(id, place);
  }
  return true;
}

}  // namespace postern::impact
