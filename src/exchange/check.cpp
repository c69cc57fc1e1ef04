#include "exchange/check.hpp"

#include <cstddef>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "exchange/claims.hpp"
#include "exchange/connect.hpp"
#include "exchange/read_tenant.hpp"

namespace postern::exchange {
namespace {

using State = CheckLine::State;

std::string shown(const std::vector<std::string>& items) {
  return items.empty() ? "none" : printable(joined(items));
}

std::string who(const Claims& claims) {
  const std::string name = claims.user.empty() ? "application " + claims.app_id : claims.user;
  return fmt::format("{} of tenant {}, until {}", printable(name), printable(claims.tenant_id),
                     claims.expires == 0 ? "an unknown time" : format_time(claims.expires));
}

CheckLine asked(AdminInterface& admin, std::string_view cmdlet) {
  const auto answer = admin.invoke(cmdlet, parameters_for(cmdlet));
  if (!answer) {
    return {State::missing, std::string(cmdlet), answer.error().what, answer.error().remedy};
  }
  const auto objects = nlohmann::json::parse(answer->objects, nullptr, false);
  const std::size_t count = objects.is_array() ? objects.size() : 0;
  return {State::fine,
          std::string(cmdlet),
          fmt::format("{} object{}", count, count == 1 ? "" : "s"),
          {}};
}

}  // namespace

std::vector<CheckLine> check_sign_in(const Profile& profile, TokenSource& tokens,
                                     AdminInterface& admin, bool ask) {
  std::vector<CheckLine> lines;
  bool blocked = false;
  const auto token = tokens.token(profile.hosts().exchange);
  if (!token) {
    lines.push_back({State::missing, "sign-in", token.error().what, token.error().remedy});
    blocked = true;
  } else if (const auto claims = read_claims(token->value.reveal()); !claims) {
    lines.push_back({State::fine, "sign-in", "a token that can't be looked into", {}});
    lines.push_back({State::not_tried, "permission", "the token does not tell", {}});
  } else {
    lines.push_back({State::fine, "sign-in", who(*claims), {}});
    const std::string granted =
        fmt::format("{} (as the token says, its signature not verified)",
                    shown(claims->is_delegated() ? claims->scopes : claims->roles));
    if (const auto fine = check_claims(*claims, profile, admin.name()); !fine) {
      lines.push_back({State::missing, "permission",
                       fmt::format("{}; it holds: {}", fine.error().what, granted),
                       fine.error().remedy});
      blocked = true;
    } else {
      lines.push_back({State::fine, "permission", granted, {}});
    }
  }
  if (!ask) return lines;
  for (const std::string_view cmdlet : tenant_cmdlets()) {
    if (blocked) {
      lines.push_back({State::not_tried, std::string(cmdlet), "what comes before is missing", {}});
    } else {
      lines.push_back(asked(admin, cmdlet));
    }
  }
  return lines;
}

}  // namespace postern::exchange
