#include "impact/unit.hpp"

#include <algorithm>

namespace postern::impact {

void Samples::add(std::string_view text, std::uint64_t hash, std::uint64_t times) {
  for (Entry& entry : entries_) {
    if (entry.hash == hash) {
      entry.times += times;
      return;
    }
  }
  if (entries_.size() < most_) {
    entries_.push_back({hash, std::string(text.substr(0, 256)), times});
    return;
  }
  dropped_ = true;
  const auto largest =
      std::max_element(entries_.begin(), entries_.end(),
                       [](const Entry& a, const Entry& b) { return a.hash < b.hash; });
  if (hash < largest->hash) *largest = {hash, std::string(text.substr(0, 256)), times};
}

void Samples::merge(const Samples& other) {
  for (const Entry& entry : other.entries_)
    add(entry.text, entry.hash, entry.times);
  dropped_ = dropped_ || other.dropped_;
}

std::vector<std::string> Samples::top(std::size_t most) const {
  std::vector<const Entry*> sorted;
  for (const Entry& entry : entries_)
    sorted.push_back(&entry);
  std::sort(sorted.begin(), sorted.end(), [](const Entry* a, const Entry* b) {
    return a->times != b->times ? a->times > b->times : a->text < b->text;
  });
  std::vector<std::string> out;
  for (const Entry* entry : sorted) {
    if (out.size() == most) break;
    out.push_back(entry->text);
  }
  return out;
}

std::string Unit::domain() const {
  std::vector<std::string> most = domains.top(1);
  return most.empty() ? std::string{} : std::move(most.front());
}

void Unit::add_connector(std::string_view name) {
  const auto place = std::lower_bound(connectors.begin(), connectors.end(), name);
  if (place == connectors.end() || *place != name) connectors.emplace(place, name);
}

void count(Counts& counts, policy::Action action, std::uint64_t messages) noexcept {
  switch (action) {
    case policy::Action::accept:
      counts.accept += messages;
      return;
    case policy::Action::reject:
      counts.reject += messages;
      return;
    case policy::Action::undetermined:
      counts.undetermined += messages;
      return;
  }
}

void Unit::merge(const Unit& other) {
  const auto add = [](auto& into, const auto& from) {
    for (std::size_t i = 0; i < into.size(); ++i)
      into[i] += from[i];
  };
  for (const IpAddress address : other.addresses) {
    const auto place = std::lower_bound(addresses.begin(), addresses.end(), address);
    if (place != addresses.end() && *place == address) continue;
    ++address_count;
    // Those that are kept do not hang on the order.
    if (place - addresses.begin() < 64) addresses.insert(place, address);
    if (addresses.size() > 64) addresses.pop_back();
  }
  address_known = address_known || other.address_known;
  messages += other.messages;
  days.merge(other.days);
  if (other.first && (!first || *other.first < *first)) first = other.first;
  if (other.last && (!last || *other.last > *last)) last = other.last;
  recipients.merge(other.recipients);
  reverse_paths.merge(other.reverse_paths);
  path_samples.merge(other.path_samples);
  domains.merge(other.domains);
  hosts.merge(other.hosts);
  message_id_domains.merge(other.message_id_domains);
  upstreams.merge(other.upstreams);
  subjects.merge(other.subjects);
  message_ids.merge(other.message_ids);
  add(spf, other.spf);
  add(published_spf, other.published_spf);
  add(dkim, other.dkim);
  add(dmarc, other.dmarc);
  signed_by_author += other.signed_by_author;
  proved += other.proved;
  proved_by_spf += other.proved_by_spf;
  disproved += other.disproved;
  claims_unconfirmed += other.claims_unconfirmed;
  spf_claimed += other.spf_claimed;
  add(compauth, other.compauth);
  add(delivery, other.delivery);
  to_self += other.to_self;
  bracketed_helo += other.bracketed_helo;
  no_reverse_name += other.no_reverse_name;
  exchange_ids += other.exchange_ids;
  own_domain_ids += other.own_domain_ids;
  with_message_id += other.with_message_id;
  with_helo += other.with_helo;
  with_reverse_name += other.with_reverse_name;
  outlook_host += other.outlook_host;
  forwarded += other.forwarded;
  first_contact += other.first_contact;
  with_contact += other.with_contact;
  acs += other.acs;
  hours |= other.hours;
  writes_outside += other.writes_outside;
  moves = moves || other.moves;
  service = std::min(service, other.service);
  now.accept += other.now.accept;
  now.reject += other.now.reject;
  now.undetermined += other.now.undetermined;
  with_rejection.accept += other.with_rejection.accept;
  with_rejection.reject += other.with_rejection.reject;
  with_rejection.undetermined += other.with_rejection.undetermined;
  refused_already += other.refused_already;
  hanging += other.hanging;
  hangs_on |= other.hangs_on;
  add(reasons, other.reasons);
  add(reasons_now, other.reasons_now);
  missing |= other.missing;
  notes |= other.notes;
  for (const std::string& name : other.connectors)
    add_connector(name);
  shapes.insert(shapes.end(), other.shapes.begin(), other.shapes.end());
}

}  // namespace postern::impact
