// A verifier for mail readers: the keys of RFC 8463's example, published in memory.
#pragma once

#include <optional>

#include "auth/memory_zone.hpp"
#include "evidence/mail_verifier.hpp"

namespace postern::fuzz {

class Verifying final : public evidence::MailVerifier {
 public:
  Verifying() {
    zone_.add_text("brisbane._domainkey.football.example.com",
                   "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    zone_.add_text("football.example.com", "v=spf1 ip4:203.0.113.7 -all");
  }
  [[nodiscard]] bool wants(const evidence::Message&) const override { return true; }
  std::optional<auth::MessageAuthentication> finish(auth::MessageCheck& check) override {
    return auth::run_now(check.finish(zone_));
  }

 private:
  auth::MemoryZone zone_;
};

}  // namespace postern::fuzz
