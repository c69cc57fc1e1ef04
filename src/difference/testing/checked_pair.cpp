#include "difference/testing/checked_pair.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/domain.hpp"
#include "difference/cover.hpp"
#include "policy/testing/random_world.hpp"

namespace postern::difference {
namespace {

using policy::ClientCertificate;
using policy::InboundConnector;
using policy::Known;
using policy::ReversePath;
using policy::Submission;
using policy::Tenant;

std::string shown(const Submission& s) {
  return fmt::format("ip {} tls {} cert '{}' (+{}) from {} to '{}' acs {}", s.client_ip->text(),
                     s.tls == Known::yes ? "yes" : "no", s.certificate.subject,
                     s.certificate.subject_alternative_names.size(),
                     s.reverse_path.state == ReversePath::State::null
                         ? std::string("<>")
                         : std::string(s.reverse_path.domain),
                     *s.recipient_domain, s.azure_communication_services);
}

// As own_meanings() has it: what a pair of effects is.
std::vector<Meaning> meanings_of(std::span<const Outcome> outcomes) {
  std::vector<Meaning> out;
  const auto add = [&](Effect before, Effect after, Acs acs) {
    const Change change = change_of(before, after);
    if (change != Change::none) out.push_back({change, Change::none, before, after, acs});
  };
  const Outcome& a = outcomes[0];
  const Outcome& b = outcomes[1];
  if (a.effect == a.effect_acs && b.effect == b.effect_acs) {
    add(a.effect, b.effect, Acs::too);
  } else {
    add(a.effect, b.effect, Acs::excepted);
    add(a.effect_acs, b.effect_acs, Acs::alone);
  }
  return out;
}

bool counts_for(Acs acs, bool azure) {
  return acs == Acs::too || (acs == Acs::alone) == azure;
}

}  // namespace

CheckedPair::CheckedPair(const Tenant& before, const Tenant& after)
    : policies_{*policy::Policy::compile(before), *policy::Policy::compile(after)} {
  const Pair pair = {&policies_[0], &policies_[1]};
  space_ = std::make_unique<Space>(pair);
  survey_ = std::make_unique<Survey>(
      *Survey::over(*space_, {{0, policies_[0]}, {1, policies_[1]}}, meanings_of));
  told = statements_of(*survey_, Wording(*space_, survey_->classes(), pair));
  const Grid& grid = *survey_->grid();
  for (const Dimension d : dimensions) {
    for (std::size_t line = 0; line < grid.size(d); ++line) {
      grid.line(d, line).for_each([&](std::size_t of_class) {
        if (line_of_[d].size() <= of_class) line_of_[d].resize(of_class + 1);
        line_of_[d][of_class] = static_cast<std::uint32_t>(line);
      });
    }
  }
}

CheckedPair::Rule CheckedPair::rule() const {
  return [this](std::size_t side, const Submission& s) { return decide(policies_[side], s); };
}

Code CheckedPair::code_at(const CellIndex& classes) const {
  CellIndex cell{};
  for (const Dimension d : dimensions)
    cell[d] = line_of_[d][classes[d]];
  return survey_->grid()->at(cell);
}

CellIndex CheckedPair::cell_of(const Submission& s, std::size_t session) const {
  const Classes& classes = survey_->classes();
  return {classes.senders.class_of[space_->sender_of(s)],
          classes.recipients.class_of[space_->recipient_of(s)], classes.sessions.class_of[session],
          space_->addresses.class_of(*s.client_ip)};
}

std::string CheckedPair::said_of(Code code, Acs acs, Effect before, Effect after) const {
  for (const Meaning& meaning : survey_->meanings(code)) {
    if (!counts_for(meaning.acs, acs == Acs::alone)) continue;
    if (meaning.before == before && meaning.after == after) return {};
    return fmt::format("said to be {} then {}, but is {} then {}", text_of(meaning.before),
                       text_of(meaning.after), text_of(before), text_of(after));
  }
  if (before == after) return {};
  return fmt::format("said to be alike, but is {} then {}", text_of(before), text_of(after));
}

std::string CheckedPair::contradiction(const Submission& s, const Rule& rule) const {
  const Effect before = effect_of(rule(0, s));
  const Effect after = effect_of(rule(1, s));
  const auto sessions = space_->sessions_of(s);
  const Acs acs = s.azure_communication_services ? Acs::alone : Acs::excepted;
  if (sessions.size() == 1) {
    const Code code = code_at(cell_of(s, sessions.front()));
    const std::string said = said_of(code, acs, before, after);
    return said.empty() ? said : said + ": " + shown(s);
  }
  // Several names: unchanged where none of them changes anything.
  for (const std::size_t session : sessions) {
    for (const Meaning& meaning : survey_->meanings(code_at(cell_of(s, session)))) {
      if (counts_for(meaning.acs, acs == Acs::alone)) return {};
    }
  }
  if (before == after) return {};
  return fmt::format("no name of its certificate changes anything, but is {} then {}: {}",
                     text_of(before), text_of(after), shown(s));
}

bool CheckedPair::differs_at(const Submission& s, const Rule& rule) const {
  return effect_of(rule(0, s)) != effect_of(rule(1, s));
}

std::string CheckedPair::statements_contradiction() const {
  const Classes& classes = survey_->classes();
  Box whole = {Bits::full(classes.senders.size()), Bits::full(classes.recipients.size()),
               Bits::full(classes.sessions.size()), Bits::full(space_->addresses.class_count())};
  std::string out;
  each_cell(whole, [&](const CellIndex& cell) {
    const Code code = code_at(cell);
    for (const Acs acs : {Acs::excepted, Acs::alone}) {
      const Meaning* meant = nullptr;
      for (const Meaning& meaning : survey_->meanings(code)) {
        if (counts_for(meaning.acs, acs == Acs::alone) && meaning.change != Change::attribution) {
          meant = &meaning;
        }
      }
      bool said = false;
      for (const Told& one : told) {
        if (!counts_for(one.meaning.acs, acs == Acs::alone)) continue;
        const bool left_out = (one.statement.as_before && code == taken_as_before) ||
                              std::any_of(one.left_out.begin(), one.left_out.end(),
                                          [&](const Box& box) { return holds(box, cell); });
        if (!holds(one.classes, cell) || left_out) continue;
        const bool fits = meant != nullptr && one.meaning.before == meant->before &&
                          one.meaning.after == meant->after;
        said = said || fits;
        if (!fits && !one.statement.by_cause) {
          out = "a statement says too much: " + sentence_of(one.statement);
          return false;
        }
      }
      if (meant != nullptr && !said) {
        out = fmt::format("no statement says: {} then {}, of {}", text_of(meant->before),
                          text_of(meant->after), shown(plainest_in(*space_, classes, cell)));
        return false;
      }
    }
    return true;
  });
  return out;
}

std::string CheckedPair::witness_contradiction() const {
  for (const Told& one : told) {
    const Witness& w = one.statement.witness;
    if (w.before != one.meaning.before || w.after != one.meaning.after) {
      return fmt::format("witness is {} then {}: {}", text_of(w.before), text_of(w.after),
                         sentence_of(one.statement));
    }
  }
  return {};
}

std::string CheckedPair::product_contradiction() const {
  const Classes& classes = survey_->classes();
  std::string out;
  Box whole = {Bits::full(classes.senders.size()), Bits::full(classes.recipients.size()),
               Bits::full(classes.sessions.size()), Bits::full(space_->addresses.class_count())};
  each_cell(whole, [&](const CellIndex& cell) {
    Submission s = space_->submission(classes.senders.representative(cell[by_sender]),
                                      classes.recipients.representative(cell[by_recipient]),
                                      classes.sessions.representative(cell[by_session]),
                                      space_->addresses.representative(cell[by_address]));
    for (const bool azure : {false, true}) {
      s.azure_communication_services = azure;
      const std::string said =
          said_of(code_at(cell), azure ? Acs::alone : Acs::excepted,
                  effect_of(decide(policies_[0], s)), effect_of(decide(policies_[1], s)));
      if (!said.empty()) out = said + ": " + shown(s);
    }
    return out.empty();
  });
  return out;
}

// --- random mail and tenants ---

EdgeMail::EdgeMail(const Tenant& before, const Tenant& after, std::uint64_t seed) : random_(seed) {
  domains_ = {"other.example", "com", ""};
  certificates_ = {"other.example"};
  addresses_ = {IpAddress::from_v4(0xc0000201), *IpAddress::parse("2001:db8::1"),
                *IpAddress::parse("::"), *IpAddress::parse("::ffff:255.255.255.255")};
  for (const Tenant* tenant : {&before, &after}) {
    for (const policy::AcceptedDomain& domain : tenant->accepted_domains)
      add_name(domain.name, domains_);
    for (const InboundConnector& connector : tenant->inbound_connectors) {
      for (const policy::SenderDomain& sender : connector.sender_domains)
        add_name(sender.name, domains_);
      for (const std::string& name : connector.associated_accepted_domains)
        add_name(name, domains_);
      std::string name = connector.tls_sender_certificate_name;
      if (name.starts_with("*.")) name.erase(0, 2);
      add_name(name, certificates_);
      if (!name.empty()) certificates_.push_back("*." + name);
      for (const Prefix& prefix : connector.sender_ip_addresses)
        add_prefix(prefix);
    }
  }
}

void EdgeMail::add_name(const std::string& name, std::vector<std::string>& to) {
  if (name.empty()) return;
  to.push_back(name);
  to.push_back("x." + name);
  to.push_back("deep.below." + name);
  to.push_back("evil" + name);
  if (const auto parent = parent_domain(name); !parent.empty()) to.emplace_back(parent);
}

void EdgeMail::add_prefix(const Prefix& prefix) {
  for (const uint128 edge : {prefix.first().key(), prefix.last().key()}) {
    for (const uint128 key : {edge - 1, edge, edge + 1})
      addresses_.push_back(IpAddress::from_key(key));
  }
}

const Submission& EdgeMail::next() {
  Submission s;
  s.client_ip = addresses_[below(addresses_.size())];
  s.authenticated = Known::no;
  s.tls = below(3) == 0 ? Known::no : Known::yes;
  s.certificate.state = ClientCertificate::State::none;
  alternative_names_.clear();
  if (s.tls == Known::yes && below(2) == 0) {
    s.certificate.state = ClientCertificate::State::presented;
    s.certificate.trusted = below(10) != 0;
    s.certificate.subject = name_from(certificates_);
    for (std::size_t i = below(3) == 0 ? 1 + below(3) : 0; i > 0; --i)
      alternative_names_.emplace_back(name_from(certificates_));
    s.certificate.subject_alternative_names = alternative_names_;
  }
  s.reverse_path.state = below(10) == 0 ? ReversePath::State::null : ReversePath::State::address;
  if (s.reverse_path.state == ReversePath::State::address) {
    s.reverse_path.domain = name_from(domains_);
  }
  s.recipient_domain = name_from(domains_);
  s.azure_communication_services = below(8) == 0;
  submission_ = s;
  return submission_;
}

Tenant random_tenant(std::uint64_t seed) {
  return policy::RandomWorld(seed).tenants().front();
}

Tenant another_tenant(const Tenant& first, std::uint64_t seed) {
  policy::RandomWorld world(seed);
  Tenant out = world.chance(30) ? world.tenants().front() : first;
  out.choices = first.choices;
  if (world.chance(60)) out = world.changed({std::move(out)}, 300).front();
  if (world.chance(30)) {
    out.reject_direct_send =
        world.chance(50) ? policy::RejectDirectSend::on : policy::RejectDirectSend::off;
  }
  if (world.chance(40) && out.inbound_connectors.size() < 8) {
    out.inbound_connectors.push_back(world.connector("new connector", out.cloud));
  }
  if (world.chance(20) && !out.inbound_connectors.empty()) {
    out.inbound_connectors.erase(out.inbound_connectors.begin());
  }
  if (world.chance(20)) {
    policy::AcceptedDomain& domain = out.accepted_domains.front();
    domain.match_subdomains = !domain.match_subdomains;
  }
  return out;
}

}  // namespace postern::difference
