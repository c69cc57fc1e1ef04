// A message with ARC sets from outside; then one more set by our own signer on top of them, and a
// DKIM signature, both of which must hold.
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "auth/arc.hpp"
#include "auth/dkim_signer.hpp"
#include "auth/memory_zone.hpp"
#include "fuzz.hpp"

namespace {

using namespace postern;

struct World {
  auth::Crypto crypto;
  auth::MemoryZone zone;
  std::shared_ptr<const auth::PrivateKey> key =
      crypto.ed25519_private_key("0123456789abcdef0123456789abcdef").value();
  World() { zone.add_text("s._domainkey.example.org", "k=ed25519; p=" + auth::public_part(*key)); }
};

struct Verdict {
  auth::ArcOutcome arc;
  std::vector<auth::DkimOutcome> dkim;
};

Verdict judge(World& world, std::string_view header_bytes, std::string_view body_bytes) {
  const auto header = message::HeaderBlock::parse(header_bytes);
  auth::BodyHashes body(world.crypto);
  auth::DkimVerification dkim(world.crypto, header, body, 1'600'000'000);
  auth::ArcVerification arc(world.crypto, header, body, {"example.org"});
  body.add(body_bytes);
  body.finish();
  Verdict out;
  out.dkim = auth::run_now(dkim.finish(world.zone)).value();
  out.arc = auth::run_now(arc.finish(world.zone)).value();
  return out;
}

auth::SigningChoices choices_for(std::string_view input) {
  auth::SigningChoices choices;
  choices.domain = "example.org";
  choices.selector = "s";
  const std::size_t kind = input.size() % 4;
  choices.header = kind < 2 ? auth::Canonicalisation::simple : auth::Canonicalisation::relaxed;
  choices.body = kind % 2 == 0 ? auth::Canonicalisation::simple : auth::Canonicalisation::relaxed;
  return choices;
}

}  // namespace

void postern::fuzz::run(std::string_view input) {
  static World world;
  // A first field of our own: what follows it can't become part of a field in front.
  std::string text = "X-First: 1\r\n" + std::string(input);
  const auto parsed = message::HeaderBlock::parse(text);
  const std::string body = text.substr(parsed.body_offset());
  std::string header = text.substr(0, parsed.body_offset());

  const auto before_queries = world.zone.queries();
  const Verdict before = judge(world, header, body);
  const auth::ArcOutcome& arc = before.arc;
  require(world.zone.queries() - before_queries <= 10 + 2 + auth::ArcVerification::most_instances,
          "queries are bounded");
  require(!arc.trusted || arc.result == auth::ArcResult::pass,
          "only a chain that holds is trusted");
  require(arc.result != auth::ArcResult::fail || !arc.detail.empty(), "a fault is named");
  require(arc.result != auth::ArcResult::none || arc.sets.empty(), "no field, no set");
  for (std::size_t i = 0; i < arc.sets.size(); ++i)
    require(arc.sets[i].instance == i + 1, "sets are in order");

  auth::DkimSigner signer(world.crypto, world.key, choices_for(input));
  signer.add_body(body);
  const Verdict signed_one = judge(world, signer.finish(header) + header, body);
  require(!signed_one.dkim.empty() && signed_one.dkim.front().result == auth::DkimResult::pass,
          "what is signed verifies");
  require(signed_one.dkim.size() == before.dkim.size() + 1 || before.dkim.size() >= 99,
          "one signature more");

  if (arc.result != auth::ArcResult::none && arc.result != auth::ArcResult::pass) return;
  const auto instance = static_cast<unsigned>(arc.sets.size() + 1);
  if (instance > auth::ArcVerification::most_instances) return;
  auth::DkimSigner sealer(world.crypto, world.key, choices_for(input));
  sealer.add_body(body);
  const std::string message_signature = sealer.finish_arc(header, instance);
  const std::string number = std::to_string(instance);
  header = message_signature + "ARC-Authentication-Results: i=" + number +
           "; mx.example.org; arc=none\r\n" + header;
  header = auth::seal_arc(world.crypto, *world.key, "example.org", "s", instance,
                          instance == 1 ? "none" : "pass", header) +
           header;
  const Verdict sealed = judge(world, header, body);
  require(sealed.arc.result == auth::ArcResult::pass && sealed.arc.trusted, "what is sealed holds");
  require(sealed.arc.sets.size() == instance, "one set more");
}
