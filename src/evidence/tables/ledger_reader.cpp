#include "evidence/tables/ledger_reader.hpp"

#include <array>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/domain.hpp"
#include "evidence/ledger_rows.hpp"
#include "ledger/reader.hpp"

namespace postern::evidence {
namespace {

using ledger::Record;
using policy::Known;

// What stands behind the '@', in normal form; an address without one has none.
bool domain_behind(std::string_view address, std::string& into) {
  into.clear();
  const std::string_view name = domain_of_address(address);
  if (name.empty() || name.front() == '[') return true;
  auto normal = normalise_domain(name);
  if (normal) into = std::move(*normal);
  return normal.has_value();
}

}  // namespace

std::string_view LedgerRows::read(const ledger::Row& row, Message& message) {
  if (!row.fault.empty()) return row.fault;
  const Record& r = row.record;
  policy::Submission& s = message.submission;
  s.time = r.time;
  // The rule asks first who signed in; what it went on with had not, unless that was not known.
  s.authenticated =
      policy::has(r.missing.facts, policy::Fact::authenticated) ? Known::unknown : Known::no;
  s.client_ip = r.client;
  message.helo = r.helo;
  if (r.tls_known) s.tls = r.tls ? Known::yes : Known::no;
  using State = policy::ClientCertificate::State;
  const bool nameless = r.certificate_name.empty() && r.certificate_alternative_names.empty();
  s.certificate.state = !r.certificate_known ? State::unknown
                        : nameless           ? State::none
                                             : State::presented;
  s.certificate.subject = r.certificate_name;
  s.certificate.trusted = r.certificate_trusted;
  names_.assign(r.certificate_alternative_names.begin(), r.certificate_alternative_names.end());
  s.certificate.subject_alternative_names = names_;
  message.reverse_path = r.sender;
  s.reverse_path.state =
      r.null_sender ? policy::ReversePath::State::null : policy::ReversePath::State::address;
  if (!domain_behind(r.sender, sender_)) return "sender";
  // The gate's answer is for the domain as which it judged the sender: the most credulous next hop
  // may read another one than stands in it.
  if (!r.judged_as.empty()) {
    auto judged = normalise_domain(r.judged_as);
    if (!judged) return "judged_as";
    sender_ = std::move(*judged);
  }
  s.reverse_path.domain = sender_;
  message.judged_direct_send =
      r.judged_as.empty() && r.reason == policy::name_of(policy::Reason::direct_send_rejected);
  message.header_from = r.header_from;
  if (domain_behind(r.header_from, author_)) message.header_from_domain = author_;
  message.message_id = r.message_id;
  message.recipient = r.recipient;
  if (!domain_behind(r.recipient, recipient_)) return "recipient";
  s.recipient_domain = recipient_;
  message.direction = Direction::inbound;
  message.delivery = r.outcome == ledger::Outcome::refused ? Delivery::blocked : Delivery::unknown;
  return {};
}

bool is_sqlite(const std::string& path) {
  std::array<char, sqlite_magic.size()> start{};
  std::ifstream file(path, std::ios::binary);
  return file.read(start.data(), static_cast<std::streamsize>(start.size())) &&
         std::string_view(start.data(), start.size()) == sqlite_magic;
}

namespace {

Result<std::unique_ptr<ledger::Rows>> open_rows(const std::string& path, const Options& options) {
  if (!ledger::is_cluster_address(path)) {
    auto opened = ledger::Reader::open(path);
    if (!opened) return tl::unexpected(opened.error());
    return std::move(*opened);
  }
  if (!options.open_cluster) return fail("a cluster can't be read here", path);
  return options.open_cluster(path);
}

}  // namespace

Result<void> read_ledger(const std::string& path, const Options& options, Teller& tell) {
  const auto rows_of = open_rows(path, options);
  if (!rows_of) return tl::unexpected(rows_of.error());
  LedgerRows rows;
  auto done = (*rows_of)->read_facts([&](const ledger::Row& row) {
    Message message;
    if (const std::string_view wrong = rows.read(row, message); !wrong.empty()) {
      tell.bad(0, wrong, "can't be understood");
      return true;
    }
    if (rows.tells_again(row)) {
      tell.not_relevant(NotRelevant::duplicate);
    } else {
      tell.message(message);
    }
    if (options.progress && tell.tally().rows % 10000 == 0) options.progress(tell.tally().bytes);
    return true;
  });
  for (const Error& gap : (*rows_of)->gaps()) {
    tell.tally().incomplete = true;
    tell.tally().remarks.push_back(gap.what);
  }
  return done;
}

}  // namespace postern::evidence
