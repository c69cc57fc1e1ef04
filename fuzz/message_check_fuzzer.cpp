// A whole message: SPF, DKIM, ARC and DMARC against the keys of RFC 8463.
#include "auth/memory_zone.hpp"
#include "auth/message_check.hpp"
#include "fuzz.hpp"

namespace {

postern::auth::MemoryZone zone() {
  postern::auth::MemoryZone out;
  out.add_text("brisbane._domainkey.football.example.com",
               "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
  out.add_text("_dmarc.example.com", "v=DMARC1; p=reject");
  out.add_text("football.example.com", "v=spf1 ip4:192.0.2.0/24 -all");
  return out;
}

}  // namespace

void postern::fuzz::run(std::string_view input) {
  static auth::Crypto crypto;
  static auth::MemoryZone records = zone();
  const std::size_t end = input.find("\n\n");
  const std::string_view header = input.substr(0, end);
  auth::ConnectionFacts facts{IpAddress::parse("192.0.2.1"), "mail.example.com",
                              "joe@football.example.com"};
  auth::MessageCheck check(crypto, std::move(facts), header, 1'528'637'909, {});
  if (end != std::string_view::npos) check.add_body(input.substr(end + 2));
  const auto result = auth::run_now(check.finish(records));
  require(result.has_value(), "with every answer at hand there is a result");
  require(result->spf.result == auth::SpfWord::pass, "SPF hangs on no header");
  for (const auth::DkimOutcome& each : result->dkim)
    require(each.result != auth::DkimResult::pass || each.domain == "football.example.com",
            "only a domain with a key passes");
  require(result->arc.result != auth::ArcResult::pass, "no key seals a chain");
}
