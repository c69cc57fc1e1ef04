#include "auth/message_check.hpp"

#include <algorithm>
#include <cstddef>

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
  bool unreadable = false;  // a field was not read whole
};
Authors authors_of(const message::HeaderBlock& header) {
  Authors authors;
  for (const std::size_t index : header.all("From")) {
    const message::AddressList list = message::read_address_list(header.fields()[index].body);
    authors.unreadable = authors.unreadable || !list.whole;
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
                     [](const Alignment& each) { return each.aligned; });
}

bool MessageAuthentication::undetermined() const noexcept {
  if (authenticated()) return false;
  const bool dkim_waits = std::any_of(dkim.begin(), dkim.end(), [](const DkimOutcome& each) {
    return each.result == DkimResult::temp_error;
  });
  return dmarc.result == DmarcResult::temp_error || spf.result == SpfResult::temp_error ||
         dkim_waits;
}

struct MessageCheck::State {
  State(Crypto& given_crypto, ConnectionFacts facts, std::string_view header_bytes, UnixTime time,
        MessageCheckOptions given)
      : connection(std::move(facts)),
        now(time),
        options(std::move(given)),
        body(given_crypto),
        header(message::HeaderBlock::parse(header_bytes)),
        authors(authors_of(header)),
        dkim(given_crypto, header, body, now, options.dkim),
        arc(given_crypto, header, body, options.trusted_sealers) {
    header = {};  // its views end with the caller's bytes
  }

  Task<MessageAuthentication> finish(Resolver& resolver) {
    body.finish();
    MessageAuthentication out;
    out.from_domains = authors.domains;
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
      note_spf(std::move(spf), out);
    } else {
      out.trail.emplace_back("SPF: not checked, the client's address is not known");
    }
    out.dkim = co_await dkim.finish(resolver);
    for (const DkimOutcome& each : out.dkim) {
      out.trail.push_back(fmt::format("DKIM: {} for {} (selector {}): {}{}{}", word_of(each.result),
                                      each.domain.empty() ? "?" : each.domain, each.selector,
                                      name_of(each.reason), each.detail.empty() ? "" : ", ",
                                      each.detail));
    }
    out.arc = co_await arc.finish(resolver);
    if (out.arc.result != ArcResult::none) {
      out.trail.push_back(fmt::format("ARC: {}{}{}", word_of(out.arc.result),
                                      out.arc.detail.empty() ? "" : ", ", out.arc.detail));
    }
    DmarcOutcome dmarc = co_await evaluate_dmarc(resolver, dmarc_input(out));
    for (const std::string& step : dmarc.trail)
      out.trail.push_back("DMARC: " + step);
    out.dmarc = std::move(dmarc);
    co_return out;
  }

  MessageAuthentication out_of_time() const {
    MessageAuthentication out;
    out.from_domains = authors.domains;
    out.spf.checked = connection.ip.has_value();
    out.spf.result = SpfResult::temp_error;
    const std::string path = connection.mail_from.value_or(std::string{});
    out.spf.identity_is_helo = path.empty();
    const auto domain = normalise_domain(path.empty() ? connection.helo : domain_of_address(path));
    if (domain) out.spf.domain = *domain;
    out.dkim = dkim.so_far();
    out.arc.result = ArcResult::temp_error;
    out.dmarc.result = DmarcResult::temp_error;
    out.dmarc.detail = "DNS took too long";
    if (authors.domains.size() == 1) out.dmarc.author_domain = authors.domains.front();
    out.trail.emplace_back("DNS took too long");
    return out;
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
  DmarcInput dmarc_input(const MessageAuthentication& known) const {
    DmarcInput input;
    input.from_unreadable = authors.unreadable;
    input.from_domains = known.from_domains;
    if (known.spf.result == SpfResult::pass) {
      input.passed.push_back({AuthenticatedIdentifier::Method::spf, known.spf.domain, {}});
    }
    input.spf_temp_error = known.spf.result == SpfResult::temp_error;
    if (input.spf_temp_error) input.undetermined_domains.push_back(known.spf.domain);
    for (const DkimOutcome& each : known.dkim) {
      if (each.result == DkimResult::pass) {
        input.passed.push_back({AuthenticatedIdentifier::Method::dkim, each.domain, each.selector});
      } else if (each.result == DkimResult::temp_error) {
        input.dkim_temp_error = true;
        input.undetermined_domains.push_back(each.domain);
      }
    }
    return input;
  }

  ConnectionFacts connection;
  UnixTime now;
  MessageCheckOptions options;
  BodyHashes body;
  message::HeaderBlock header;
  Authors authors;
  DkimVerification dkim;
  ArcVerification arc;
};

MessageCheck::MessageCheck(Crypto& crypto, ConnectionFacts connection, std::string_view header,
                           UnixTime now, MessageCheckOptions options)
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
