// What the token address says when it refuses, and what to do about each code.
#include <array>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "exchange/token.hpp"

namespace postern::exchange {
namespace {

struct Remedy {
  int code;
  std::string_view meaning;
  std::string_view remedy;
};

// learn.microsoft.com, "Microsoft Entra authentication and authorization error codes".
constexpr std::array<Remedy, 26> remedies{{
    {7000215, "the client secret is wrong",
     "take the secret's Value, not its Secret ID; make a new one where it is lost"},
    {7000222, "the client secret has expired", "make a new one in the app registration"},
    {7000218, "the app needs a secret or certificate for this sign-in",
     "for device-code, set 'Allow public client flows' to Yes in the app's Authentication page"},
    {7000112, "the application is disabled in the tenant",
     "enable it under Enterprise applications"},
    {700016, "the tenant does not know this application",
     "check client_id and tenant of the profile; in a customer's tenant, grant admin consent "
     "first"},
    {700027, "the certificate is not the application's",
     "upload this certificate to the app registration (Certificates & secrets)"},
    {700024, "the signed assertion is outside its time", "set this machine's clock"},
    {700021, "the assertion's application is not this one", "check client_id of the profile"},
    {700211, "no federated credential has this issuer",
     "add a federated credential with the issuer that the message names"},
    {700212, "no federated credential has this audience",
     "use the audience api://AzureADTokenExchange"},
    {700213, "no federated credential has this subject",
     "add a federated credential with the subject that the message names"},
    {70021, "no federated credential matches the token",
     "add one with the issuer, subject and audience that the message names"},
    {90002, "there is no such tenant", "check tenant and cloud of the profile"},
    {900021, "the tenant's name is malformed", "write tenant as a domain or an id"},
    {900023, "the tenant's name is malformed", "write tenant as a domain or an id"},
    {65001, "nobody has consented to the application's permissions",
     "grant admin consent under API permissions"},
    {90099, "the application is not authorised in the tenant", "grant admin consent in it"},
    {500011, "the tenant does not know the resource",
     "check cloud of the profile; the tenant needs Exchange Online"},
    {70011, "the scope is not valid", "check exchange_host and graph_host of the profile"},
    {1002012, "the scope is not valid", "check exchange_host and graph_host of the profile"},
    {50105, "the application may be used by assigned users alone",
     "assign the user under Enterprise applications"},
    {53003, "a Conditional Access policy forbids this sign-in",
     "ask who keeps the policies, or sign in as an application"},
    {50076, "the sign-in needs a second factor", "use device-code and complete it in the browser"},
    {50079, "the sign-in needs a second factor to be set up",
     "use device-code and complete it in the browser"},
    {50020, "the user is of another tenant", "sign in with an account of this tenant"},
    {700082, "the sign-in was not used for too long", "sign in again"},
}};

}  // namespace

Error token_error(int status, std::string_view body, const std::string& where) {
  const auto answer = nlohmann::json::parse(body, nullptr, false);
  const auto text_of = [&](const char* key) {
    const auto found = answer.is_object() ? answer.find(key) : answer.end();
    return answer.is_object() && found != answer.end() && found->is_string()
               ? found->get<std::string>()
               : std::string{};
  };
  std::string description = text_of("error_description");
  // The first line tells; trace id, correlation id and time follow.
  description = description.substr(0, description.find_first_of("\r\n"));
  if (const std::size_t trace = description.find(" Trace ID:"); trace != std::string::npos) {
    description.resize(trace);
  }
  const std::string error = text_of("error");
  if (description.starts_with("AADSTS")) {
    int code = 0;
    (void)std::from_chars(description.data() + 6, description.data() + description.size(), code);
    for (const Remedy& each : remedies) {
      if (each.code == code) {
        return {fmt::format("{} ({})", each.meaning, printable(description)), where,
                std::string(each.remedy)};
      }
    }
  }
  if (!description.empty() || !error.empty()) {
    return {fmt::format("was refused ({}): {}", status,
                        printable(description.empty() ? error : description)),
            where, "look the code up at https://login.microsoftonline.com/error"};
  }
  return {fmt::format("was answered with {} and no reason", status), where,
          status == 429 ? "wait, then try again" : "check tenant, cloud and login_host"};
}

}  // namespace postern::exchange
