#include "auth/message_check.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

#include <fmt/format.h>

#include "auth/spf.hpp"
#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "message/address_list.hpp"
#include "message/header.hpp"

namespace postern::auth {
namespace {

// Every domain that the From fields name (RFC 9989, 5.3.1 judges by their number).
struct Authors {
  std::vector<std::string> domains;
  std::size_t fields = 0;
  bool unreadable = false;  // a field was not read whole
};
Authors authors_of(const message::HeaderBlock& header) {
  Authors authors;
  for (const std::size_t index : header.all("From")) {
    ++authors.fields;
    const message::AddressList list = message::read_address_list(header.fields()[index].body);
    authors.unreadable = authors.unreadable || !list.whole || list.mailboxes.empty();
    for (const message::Mailbox& mailbox : list.mailboxes)
      authors.domains.push_back(mailbox.address.domain);
  }
  std::vector<std::string>& domains = authors.domains;
  std::sort(domains.begin(), domains.end());
  domains.erase(std::unique(domains.begin(), domains.end()), domains.end());
  std::erase(domains, std::string());
  return authors;
}

}  // namespace

bool MessageAuthentication::authenticated() const noexcept {
  if (dmarc.result == DmarcResult::pass) return true;
  if (dmarc.result != DmarcResult::none) return false;
  return std::any_of(dmarc.alignments.begin(), dmarc.alignments.end(),
                     [](const Alignment& each) { return each.aligned == Aligned::yes; });
}

bool MessageAuthentication::undetermined() const noexcept {
  // Without one author nothing that is still awaited could be the author's.
  if (authenticated() || dmarc.result == DmarcResult::perm_error) return false;
  const bool dkim_waits = std::any_of(dkim.begin(), dkim.end(), [](const DkimOutcome& each) {
    return each.result == DkimResult::temp_error;
  });
  // Without a policy nothing but alignment makes a pass the author's.
  const bool alignment_waits =
      dmarc.result == DmarcResult::none &&
      std::any_of(dmarc.alignments.begin(), dmarc.alignments.end(),
                  [](const Alignment& each) { return each.aligned == Aligned::unknown; });
  const bool spf_waits = !spf.checked && dmarc.result == DmarcResult::none;
  return dmarc.result == DmarcResult::temp_error || spf.result == SpfResult::temp_error ||
         dkim_waits || alignment_waits || (spf_waits && !dmarc.author_domain.empty());
}

struct MessageCheck::State {
  State(Crypto& given_crypto, ConnectionFacts facts, const message::HeaderBlock& header,
        UnixTime time, MessageCheckOptions given)
      : connection(std::move(facts)),
        now(time),
        options(std::move(given)),
        body(given_crypto),
        authors(authors_of(header)),
        dkim(given_crypto, header, body, now, options.dkim, options.arrival_known),
        arc(given_crypto, header, body, options.trusted_sealers) {}

  Task<MessageAuthentication> finish(Resolver& upstream) {
    body.finish();
    note_authors(known);
    MeteredResolver& resolver = metered.emplace(upstream, options.most_lookups);
    if (connection.ip) {
      SpfQuery query;
      query.ip = *connection.ip;
      query.mail_from = connection.mail_from.value_or(std::string{});
      query.helo = connection.helo;
      query.receiver = options.authserv_id;
      query.now = now;
      SpfOptions spf_options;
      spf_options.keep_trail = true;
      SpfOutcome spf = co_await check_spf(resolver, std::move(query), spf_options);
      note_spf(std::move(spf), known);
    } else {
      known.trail.emplace_back("SPF: not checked, the client's address is not known");
    }
    known.dkim = co_await dkim.finish(resolver, work);
    note_dkim(known);
    dkim_is_done = true;
    known.arc = co_await arc.finish(resolver, work);
    arc_is_done = true;
    if (known.arc.result != ArcResult::none) {
      known.trail.push_back(fmt::format("ARC: {}{}{}", word_of(known.arc.result),
                                        known.arc.detail.empty() ? "" : ", ", known.arc.detail));
    }
    DmarcOutcome dmarc = co_await evaluate_dmarc(resolver, dmarc_input(known));
    for (const std::string& step : dmarc.trail)
      known.trail.push_back("DMARC: " + step);
    known.dmarc = std::move(dmarc);
    if (resolver.exhausted()) {
      known.trail.push_back(
          fmt::format("DNS: more than {} look-ups for one message; further ones "
                      "were not asked, and count as server failures",
                      options.most_lookups));
    }
    co_return std::move(known);
  }

  MessageAuthentication out_of_time() const {
    MessageAuthentication out = known;
    note_authors(out);
    if (!out.spf.checked && connection.ip) {
      out.spf.checked = true;
      out.spf.result = SpfResult::temp_error;
      out.spf.identity_is_helo = connection.mail_from.value_or(std::string{}).empty();
      out.spf.domain = spf_domain();
    }
    if (!dkim_is_done) {
      out.dkim = dkim.so_far();
      note_dkim(out);
    }
    if (!arc_is_done) out.arc.result = ArcResult::temp_error;
    out.dmarc = dmarc_without_dns(dmarc_input(out));
    out.trail.emplace_back("DNS took too long");
    return out;
  }

  void note_authors(MessageAuthentication& out) const {
    out.from_domains = authors.domains;
    out.from_unreadable = authors.unreadable;
  }

  /// That SPF looks at; empty where it is not known.
  [[nodiscard]] std::string spf_domain() const {
    const std::string path = connection.mail_from.value_or(std::string{});
    const auto domain = normalise_domain(path.empty() ? connection.helo : domain_of_address(path));
    return domain ? *domain : std::string{};
  }

  static void note_dkim(MessageAuthentication& out) {
    for (const DkimOutcome& each : out.dkim) {
      out.trail.push_back(fmt::format("DKIM: {} for {} (selector {}): {}{}{}", word_of(each.result),
                                      each.domain.empty() ? "?" : each.domain, each.selector,
                                      name_of(each.reason), each.detail.empty() ? "" : ", ",
                                      each.detail));
    }
  }

  static void note_spf(SpfOutcome spf, MessageAuthentication& out) {
    out.spf.checked = true;
    out.spf.result = spf.result;
    out.spf.identity_is_helo = spf.identity_is_helo;
    const auto normal = normalise_domain(spf.domain);
    out.spf.domain = normal ? *normal : to_lower(spf.domain);
    out.spf.explanation =
        spf.explanation.empty() ? std::move(spf.problem) : std::move(spf.explanation);
    for (const SpfStep& step : spf.trail) {
      out.spf.trail.push_back(
          fmt::format("{}{}{}{}: {}", std::string(std::size_t{2} * step.depth, ' '), step.domain,
                      step.term.empty() ? "" : " ", step.term, step.outcome));
    }
    for (const std::string& step : out.spf.trail)
      out.trail.push_back("SPF: " + step);
  }

  // RFC 9989, 3.2.4: SPF speaks for MAIL FROM, or for HELO where the path is null.
  [[nodiscard]] DmarcInput dmarc_input(const MessageAuthentication& found) const {
    DmarcInput input;
    input.from_unreadable = authors.unreadable;
    input.from_fields = authors.fields;
    input.spf_not_checked = !found.spf.checked;
    // HELO counts only where the path is known to be null.
    if (connection.mail_from) input.spf_unchecked_domain = spf_domain();
    input.from_domains = found.from_domains;
    if (found.spf.result == SpfResult::pass) {
      input.passed.push_back({AuthenticatedIdentifier::Method::spf, found.spf.domain, {}});
    }
    input.spf_temp_error = found.spf.result == SpfResult::temp_error;
    if (input.spf_temp_error) {
      input.undetermined.push_back({AuthenticatedIdentifier::Method::spf, found.spf.domain, {}});
    }
    for (const DkimOutcome& each : found.dkim) {
      if (each.result == DkimResult::pass) {
        input.passed.push_back({AuthenticatedIdentifier::Method::dkim, each.domain, each.selector});
      } else if (each.result == DkimResult::temp_error) {
        input.dkim_temp_error = true;
        input.undetermined.push_back(
            {AuthenticatedIdentifier::Method::dkim, each.domain, each.selector});
      }
    }
    return input;
  }

  ConnectionFacts connection;
  UnixTime now;
  MessageCheckOptions options;
  BodyHashes body;
  Authors authors;
  DkimVerification dkim;
  ArcVerification arc;
  MessageWork work;
  std::optional<MeteredResolver> metered;
  MessageAuthentication known;  ///< so far
  bool dkim_is_done = false;
  bool arc_is_done = false;
};

MessageCheck::MessageCheck(Crypto& crypto, ConnectionFacts connection,
                           const message::HeaderBlock& header, UnixTime now,
                           MessageCheckOptions options)
    : state_(std::make_unique<State>(crypto, std::move(connection), header, now,
                                     std::move(options))) {}
MessageCheck::~MessageCheck() = default;

void MessageCheck::add_body(std::string_view piece) {
  state_->body.add(piece);
}

MessageAuthentication MessageCheck::out_of_time() const {
  return state_->out_of_time();
}

Task<MessageAuthentication> MessageCheck::finish(Resolver& resolver) {
  return state_->finish(resolver);
}

}  // namespace postern::auth
