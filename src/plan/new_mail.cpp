#include "plan/new_mail.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"

namespace postern::plan {
namespace {

using evidence::Message;
using policy::Action;
using policy::ClientCertificate;
using policy::Known;
using Attribution = policy::ObservedAttribution::State;

// How long Exchange needs until a new connector takes effect everywhere is documented nowhere.
constexpr UnixTime takes_effect = 3600;

template <class Sender>
PrefixTable table_of(const std::vector<Sender>& senders,
                     const std::vector<Prefix>& (*of)(const Sender&)) {
  std::vector<std::pair<Prefix, PrefixTable::Value>> entries;
  for (std::size_t i = 0; i < senders.size(); ++i) {
    for (const Prefix& prefix : of(senders[i]))
      entries.emplace_back(prefix, static_cast<PrefixTable::Value>(i));
  }
  return PrefixTable(entries);
}

const std::vector<Prefix>& addresses_of(const LookFor& each) {
  return each.mail.addresses;
}
const std::vector<Prefix>& addresses_of_unreached(const UnreachedSender& each) {
  return each.addresses;
}

template <class Seen>
void note_time(Seen& seen, UnixTime time) {
  if (!seen.first || time < *seen.first) seen.first = time;
  if (!seen.last || time > *seen.last) seen.last = time;
}

}  // namespace

NewMail::NewMail(const policy::Readings& planned, std::vector<LookFor> looked_for,
                 std::vector<UnreachedSender> unreached, UnixTime from)
    : planned_(planned),
      looked_for_(std::move(looked_for)),
      sightings_(looked_for_.size()),
      unreached_(std::move(unreached)),
      moves_(unreached_.size()),
      from_(from),
      expected_at_(table_of<LookFor>(looked_for_, addresses_of)),
      unreached_at_(table_of<UnreachedSender>(unreached_, addresses_of_unreached)) {
  for (std::size_t i = 0; i < looked_for_.size(); ++i)
    by_connector_[to_lower(looked_for_[i].mail.connector)].push_back(i);
}

void NewMail::see(const Message& m) {
  const policy::Submission& s = m.submission;
  if (!s.time) {
    undated_ += m.count;
    return;
  }
  if (*s.time < from_) {
    earlier_ += m.count;
  } else {
    messages_ += m.count;
    by_day_[day_of(*s.time)] += m.count;
    if (!last_ || *s.time > *last_) last_ = *s.time;
  }
  const bool named = s.observed.state == Attribution::connector;
  const bool credited = named && credit(m, s.observed.connector);
  bool is_looked_for = credited;
  if (s.client_ip) {
    for (const PrefixTable::Value i : expected_at_.find(*s.client_ip)) {
      if (!credited && look(i, m)) is_looked_for = true;
    }
    for (const PrefixTable::Value i : unreached_at_.find(*s.client_ip))
      look_moved(i, m);
  }
  if (is_looked_for || m.refusal != evidence::Refusal::direct_send || *s.time < from_) return;
  if (s.client_ip) {
    refused_[*s.client_ip] += m.count;
  } else {
    refused_without_address_ += m.count;
  }
}

// The evidence names a connector of the plan. False where it is none, or nothing tells whose mail
// it took.
bool NewMail::credit(const Message& m, std::string_view connector) {
  const auto found = by_connector_.find(to_lower(std::string(connector)));
  if (found == by_connector_.end()) return false;
  const auto& address = m.submission.client_ip;
  std::optional<std::size_t> whose;
  for (const std::size_t i : found->second) {
    const auto& addresses = looked_for_[i].mail.addresses;
    const bool is_its =
        address && std::any_of(addresses.begin(), addresses.end(),
                               [&](const Prefix& prefix) { return prefix.contains(*address); });
    if (is_its) whose = i;
  }
  // A service that presents the certificate may come from addresses that nobody has seen.
  const bool is_alone = found->second.size() == 1;
  const std::size_t only = found->second.front();
  if (!whose && is_alone && (!address || !looked_for_[only].certificate.empty())) whose = only;
  if (!whose) return false;
  Sightings& seen = sightings_[*whose];
  const UnixTime time = *m.submission.time;
  if (time < std::max(from_, looked_for_[*whose].since.value_or(from_))) {
    seen.earlier += m.count;
    return true;
  }
  note_time(seen, time);
  (m.refusal == evidence::Refusal::direct_send ? seen.refused : seen.taken) += m.count;
  return true;
}

// What the rule says of the message if the evidence did not tell how it was attributed.
policy::Reading NewMail::asked(const LookFor& each, const Message& m) const {
  policy::Submission s = m.submission;
  s.observed = {};
  s.authenticated = Known::no;
  if (!each.certificate.empty() && s.certificate.state == ClientCertificate::State::unknown &&
      s.tls != Known::no) {
    s.certificate.state = ClientCertificate::State::presented;
    s.certificate.subject = each.certificate;
  }
  return planned_.decide(s);
}

bool NewMail::must_take(const LookFor& each, const policy::Reading& reading) const {
  const std::uint32_t connector = reading.verdict.connector;
  return reading.action == Action::accept && connector != policy::no_connector &&
         iequals(planned_.chosen().connector(connector).name, each.mail.connector);
}

// False for other mail from the same place: as another organisation, to somebody else.
bool NewMail::look(std::size_t i, const Message& m) {
  const LookFor& each = looked_for_[i];
  Sightings& seen = sightings_[i];
  const policy::Submission& s = m.submission;
  const UnixTime time = *s.time;
  const policy::Reading reading = asked(each, m);
  const bool must = must_take(each, reading);
  if (!must && reading.action != Action::undetermined) return false;
  if (time < std::max(from_, each.since.value_or(from_))) {
    seen.earlier += m.count;
    return true;
  }
  note_time(seen, time);
  if (m.refusal == evidence::Refusal::direct_send) {
    seen.refused += m.count;
  } else if (s.observed.state == Attribution::connector) {
    seen.by_other += m.count;
  } else if (!must || s.observed.state != Attribution::default_connector ||
             s.authenticated != Known::no || !each.since) {
    // Signed in or the organisation's own without a name; or when the connector was made is not
    // known, so that the message may be older.
    seen.untold += m.count;
  } else if (time < *each.since + takes_effect) {
    seen.too_soon += m.count;
  } else {
    seen.missed += m.count;
  }
  return true;
}

void NewMail::look_moved(std::size_t i, const Message& m) {
  const UnreachedSender& sender = unreached_[i];
  Moves& seen = moves_[i];
  const policy::Submission& s = m.submission;
  const bool same_envelope = s.reverse_path.state == policy::ReversePath::State::address &&
                             std::find(sender.domains.begin(), sender.domains.end(),
                                       s.reverse_path.domain) != sender.domains.end();
  // What else comes from there, as somebody else, is none of its mail.
  const bool own_from = !m.header_from_domain.empty() &&
                        planned_.chosen().owner_of(m.header_from_domain) != policy::no_tenant;
  if (!same_envelope && !own_from) return;
  if (*s.time < from_) {
    seen.earlier += m.count;
    return;
  }
  note_time(seen, *s.time);
  const policy::Reading reading = planned_.decide(s);
  if (m.refusal == evidence::Refusal::direct_send || reading.action == Action::reject) {
    seen.refused += m.count;
  } else if (reading.action == Action::accept) {
    seen.passes += m.count;
  } else {
    seen.untold += m.count;
  }
}

}  // namespace postern::plan
