// The whole check of one message against a zone in memory: "address sender helo", then the records
// as `postern auth --zone` takes them, then an empty line and the message.
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "auth/memory_zone.hpp"
#include "auth/message_check.hpp"
#include "auth/zone_file.hpp"
#include "base/ascii.hpp"
#include "fuzz.hpp"
#include "message/header.hpp"

namespace {

using namespace postern;

std::string_view take(std::string_view& text, std::string_view end) {
  const std::size_t at = text.find(end);
  const std::string_view part = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view{} : text.substr(at + end.size());
  return part;
}

std::string told(const auth::MessageAuthentication& known) {
  std::string out;
  for (const std::string& step : known.trail)
    out += step + "\n";
  return out + std::string(auth::word_of(known.dmarc.result));
}

}  // namespace

void postern::fuzz::run(std::string_view input) {
  static auth::Crypto crypto;
  std::string_view message = input;
  std::string_view session = take(message, "\n");
  const std::string_view records = take(message, "\n\n");
  auth::ConnectionFacts facts;
  facts.ip = IpAddress::parse(take(session, " "));
  facts.mail_from = std::string(take(session, " "));
  facts.helo = session;
  auth::MemoryZone zone;
  (void)auth::read_zone(records, "zone", zone);

  const auto header = message::HeaderBlock::parse(message);
  const std::string_view body = message.substr(header.body_offset());
  const auto check = [&](std::size_t piece) {
    auth::MessageCheckOptions options;
    options.authserv_id = "mx.example.org";
    options.trusted_sealers = {".example.org"};
    auth::MessageCheck checking(crypto, facts, header, 1'600'000'000, options);
    for (std::size_t at = 0; at < body.size(); at += piece)
      checking.add_body(body.substr(at, piece));
    const auth::MessageAuthentication late = checking.out_of_time();
    require(!late.authenticated(), "what DNS did not tell proves nothing");
    auto done = auth::run_now(checking.finish(zone));
    require(done.has_value(), "answers at hand need no waiting");
    return std::move(*done);
  };
  const auth::MessageAuthentication whole = check(body.size() + 1);
  // SPF (see spf_fuzzer), ten signatures, an ARC chain, DMARC's walks for each domain that passed.
  require(zone.queries() <= 150 + 10 + 52 + 12 * 16, "queries are bounded");
  require(told(check(1)) == told(whole), "pieces and repetition change nothing");
  require(!(whole.authenticated() && whole.undetermined()), "one verdict");
  if (whole.authenticated()) {
    require(whole.from_domains.size() == 1, "one From domain is authenticated");
    require(header.all("From").size() == 1, "of several From fields none is");
    bool passed = whole.spf.result == auth::SpfResult::pass;
    for (const auth::DkimOutcome& each : whole.dkim)
      passed = passed || each.result == auth::DkimResult::pass;
    require(passed, "nothing is authenticated without a pass");
  }
  for (const auth::DkimOutcome& each : whole.dkim)
    require(each.result != auth::DkimResult::none, "each signature is judged");
}
