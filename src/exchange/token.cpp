#include "exchange/token.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "base/utf16.hpp"
#include "exchange/assertion.hpp"
#include "exchange/claims.hpp"
#include "exchange/json_text.hpp"
#include "exchange/patience.hpp"
#include "files/whole_file.hpp"

namespace postern::exchange {
namespace {

using Json = nlohmann::json;
using Fields = std::vector<std::pair<std::string, Secret>>;

constexpr std::int64_t margin = 300;  // seconds before its end at which a token counts as spent
constexpr std::size_t longest_assertion = 1 << 16;
constexpr std::string_view assertion_type =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

// A number, or a number in a string as IMDS writes it; -1 where neither.
std::int64_t number_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return -1;
  if (found->is_number_integer()) return found->get<std::int64_t>();
  const std::string text = text_of(object, key);
  std::int64_t value = -1;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failed == std::errc{} && end == text.data() + text.size() ? value : -1;
}

Secret form(const Fields& fields) {
  std::string body;
  for (const auto& [name, value] : fields) {
    std::string encoded = percent_encoded(value.reveal());
    if (!body.empty()) body += '&';
    body += name;
    body += '=';
    body += encoded;
    wipe(encoded);
  }
  Secret out(body);
  wipe(body);
  return out;
}

// A secret from the profile's file or variable; nullopt where neither is there.
Result<std::optional<Secret>> given_secret(const std::string& file, const std::string& variable,
                                           std::string_view usual, const Surroundings& around) {
  if (!file.empty()) {
    auto secret = read_secret_file(file);
    if (!secret) return tl::unexpected(secret.error());
    return std::optional<Secret>(std::move(*secret));
  }
  const std::string name = variable.empty() ? std::string(usual) : variable;
  if (auto value = around.environment(name); value && !value->empty()) {
    std::optional<Secret> secret(std::in_place, *value);
    wipe(*value);
    return secret;
  }
  if (!variable.empty()) {
    return fail("is not set, and the profile says that the secret is there", "$" + variable,
                "export it, or name a file");
  }
  return std::optional<Secret>();
}

constexpr std::int64_t longest_grant = 7 * std::int64_t{86400};  // seconds

struct Granted {
  Token token;
  Secret refresh;
};

Result<Granted> read_grant(const Response& response, const std::string& where, UnixTime now) {
  const Json answer = Json::parse(response.body, nullptr, false);
  if (!response.ok()) return tl::unexpected(token_error(response.status, response.body, where));
  std::string token = text_of(answer, "access_token");
  if (token.empty()) {
    return fail("answered without an access token", where,
                "check login_host or identity_host of the profile");
  }
  Granted granted;
  granted.token.value = Secret(token);
  wipe(token);
  std::int64_t seconds = number_of(answer, "expires_in");
  if (seconds < 0) {
    const std::int64_t on = number_of(answer, "expires_on");
    seconds = on < 0 ? 3600 : std::max(on, now) - now;
  }
  // A day is the longest that Entra grants; nobody's number reaches beyond the clock.
  granted.token.expires = now + std::clamp<std::int64_t>(seconds, 0, longest_grant);
  granted.refresh = Secret(text_of(answer, "refresh_token"));
  return granted;
}

// What every way of signing in shares: the memory of tokens by resource.
class Remembering : public TokenSource {
 public:
  Remembering(Profile profile, Transport& transport, const Surroundings& around)
      : profile_(std::move(profile)), transport_(transport), around_(around) {}

  Result<Token> token(const std::string& resource) override {
    const UnixTime now = around_.now();
    if (const auto held = held_.find(resource); held != held_.end()) {
      if (held->second.token.expires - margin > now) return held->second.token;
      held_.erase(held);
    }
    auto fetched = fetch(resource);
    if (!fetched) return fetched;
    held_[resource] = {*fetched, now};
    return fetched;
  }

  bool renew(const std::string& resource) override {
    const auto held = held_.find(resource);
    if (held == held_.end() || around_.now() - held->second.since < 60) return false;
    held_.erase(held);
    return true;
  }

 protected:
  virtual Result<Token> fetch(const std::string& resource) = 0;

  [[nodiscard]] std::string login() const {
    // AKS names the cloud's sign-in so; the profile's own host wins.
    if (profile_.login_host.empty() && profile_.sign_in == SignIn::workload_identity) {
      if (auto authority = around_.environment("AZURE_AUTHORITY_HOST")) {
        if (const auto url = parse_url(*authority); url && url->scheme == "https") {
          return url->base();
        }
      }
    }
    return profile_.hosts().login;
  }
  [[nodiscard]] std::string from_environment(const std::string& own, const char* variable) const {
    return own.empty() ? around_.environment(variable).value_or("") : own;
  }
  [[nodiscard]] std::string endpoint(const std::string& last) const {
    const std::string tenant = profile_.sign_in == SignIn::workload_identity
                                   ? from_environment(profile_.tenant, "AZURE_TENANT_ID")
                                   : profile_.tenant;
    return fmt::format("{}/{}/oauth2/v2.0/{}", login(), percent_encoded(tenant), last);
  }
  [[nodiscard]] std::string where() const { return fmt::format("live:{}, sign-in", profile_.name); }
  [[nodiscard]] Request request(const std::string& url) const {
    Request out;
    out.url = url;
    out.time_limit = std::chrono::seconds(profile_.timeout);
    out.longest_answer = std::size_t{1} << 20;
    out.headers = {{"Accept", "application/json"}};
    return out;
  }
  Result<Response> post(const std::string& url, const Fields& fields) {
    Request out = request(url);
    out.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
    out.post = true;
    out.body = form(fields);
    return exchange(out);
  }
  // A token request can be repeated: it changes nothing.
  Result<Response> exchange(const Request& out) {
    auto response = send_patiently(transport_, out, true, {}, around_);
    if (response) return std::move(*response);
    Error error = response.error().error;
    error.where = where() + (error.where.empty() ? "" : ", " + error.where.text());
    return tl::unexpected(error);
  }
  // The service may echo what it was sent; the error then shows "[secret]" in its place.
  Result<Token> granted(Result<Response> response, const Secret& secret, UnixTime now) {
    if (!response) return tl::unexpected(response.error());
    auto grant = read_grant(*response, where(), now);
    if (!grant) {
      Error error = grant.error();
      error.what = without(std::move(error.what), secret);
      return tl::unexpected(error);
    }
    refresh_ = std::move(grant->refresh);
    return std::move(grant->token);
  }

  Profile profile_;
  Transport& transport_;
  const Surroundings& around_;
  Secret refresh_;

 private:
  struct Held {
    Token token;
    UnixTime since = 0;
  };
  std::map<std::string, Held> held_;
};

class ByClientSecret final : public Remembering {
 public:
  using Remembering::Remembering;

 private:
  Result<Token> fetch(const std::string& resource) override {
    if (secret_.empty()) {
      auto given = given_secret(profile_.client_secret_file, profile_.client_secret_env,
                                "POSTERN_CLIENT_SECRET", around_);
      if (!given) return tl::unexpected(given.error());
      if (*given) {
        secret_ = std::move(**given);
      } else {
        auto typed = around_.ask(fmt::format("Client secret of live:{}", profile_.name));
        if (!typed) {
          return fail("no client secret", where(),
                      "set POSTERN_CLIENT_SECRET, or name client_secret_env or "
                      "client_secret_file in the profile");
        }
        secret_ = std::move(*typed);
      }
    }
    return granted(post(endpoint("token"), {{"grant_type", Secret("client_credentials")},
                                            {"client_id", Secret(profile_.client_id)},
                                            {"client_secret", secret_},
                                            {"scope", Secret(resource + "/.default")}}),
                   secret_, around_.now());
  }
  Secret secret_;
};

class ByCertificate final : public Remembering {
 public:
  using Remembering::Remembering;

 private:
  Result<Token> fetch(const std::string& resource) override {
    if (!certificate_) {
      auto given =
          given_secret(profile_.certificate_password_file, profile_.certificate_password_env,
                       "POSTERN_CERTIFICATE_PASSWORD", around_);
      if (!given) return tl::unexpected(given.error());
      auto loaded = Certificate::load(profile_.certificate, profile_.private_key,
                                      given->value_or(Secret()), around_.now());
      if (!loaded) return tl::unexpected(loaded.error());
      certificate_ = std::move(*loaded);
    }
    const std::string url = endpoint("token");
    const auto assertion =
        certificate_->assertion(profile_.client_id, url, random_guid(around_), around_.now());
    if (!assertion) return tl::unexpected(assertion.error());
    return granted(post(url, {{"grant_type", Secret("client_credentials")},
                              {"client_id", Secret(profile_.client_id)},
                              {"client_assertion_type", Secret(std::string(assertion_type))},
                              {"client_assertion", *assertion},
                              {"scope", Secret(resource + "/.default")}}),
                   *assertion, around_.now());
  }
  std::optional<Certificate> certificate_;
};

class ByWorkloadIdentity final : public Remembering {
 public:
  using Remembering::Remembering;

 private:
  Result<Token> fetch(const std::string& resource) override {
    const std::string path =
        from_environment(profile_.federated_token_file, "AZURE_FEDERATED_TOKEN_FILE");
    const std::string client = from_environment(profile_.client_id, "AZURE_CLIENT_ID");
    if (path.empty() || client.empty() ||
        from_environment(profile_.tenant, "AZURE_TENANT_ID").empty()) {
      return fail("workload identity needs a token file, a client id and a tenant", where(),
                  "set AZURE_FEDERATED_TOKEN_FILE, AZURE_CLIENT_ID and AZURE_TENANT_ID, or the "
                  "keys of the profile");
    }
    // Its mode is the platform's affair (a projected volume of Kubernetes), so it isn't judged.
    auto text = files::read_whole(path, longest_assertion);
    if (!text) return tl::unexpected(text.error());
    std::string plain = to_utf8(*text);
    wipe(*text);
    const Secret assertion{std::string(trim(plain))};
    wipe(plain);
    if (assertion.empty()) {
      return fail("holds no token", path, "check that workload identity is set up for this pod");
    }
    return granted(
        post(endpoint("token"), {{"grant_type", Secret("client_credentials")},
                                 {"client_id", Secret(client)},
                                 {"client_assertion_type", Secret(std::string(assertion_type))},
                                 {"client_assertion", assertion},
                                 {"scope", Secret(resource + "/.default")}}),
        assertion, around_.now());
  }
};

class ByManagedIdentity final : public Remembering {
 public:
  using Remembering::Remembering;

 private:
  Result<Token> fetch(const std::string& resource) override {
    // App Service and Functions: learn.microsoft.com, "managed identities for App Service".
    const auto service = around_.environment("IDENTITY_ENDPOINT");
    const auto header = around_.environment("IDENTITY_HEADER");
    const bool app_service = service && header && !service->empty();
    std::string url;
    if (app_service) {
      url = *service + (service->find('?') == std::string::npos ? "?" : "&") +
            "api-version=2019-08-01";
    } else {
      const std::string host =
          profile_.identity_host.empty() ? "http://169.254.169.254" : profile_.identity_host;
      url = host + "/metadata/identity/oauth2/token?api-version=2018-02-01";
    }
    url += "&resource=" + percent_encoded(resource);
    if (!profile_.client_id.empty()) url += "&client_id=" + percent_encoded(profile_.client_id);
    Request out = request(url);
    out.identity_endpoint = true;
    // Nothing listens there outside Azure; nobody should wait long to learn it.
    out.time_limit = std::min<std::chrono::milliseconds>(out.time_limit, std::chrono::seconds(20));
    const Secret key(app_service ? *header : "");
    out.headers.push_back(app_service ? Header{"X-IDENTITY-HEADER", key.reveal()}
                                      : Header{"Metadata", "true"});
    auto response = exchange(out);
    // While it is updated; "for up to 70 seconds" (Microsoft, "How to use managed identities ... to
    // acquire an access token", retry guidance).
    for (int again = 0; again < 7 && response && response->status == 410; ++again) {
      around_.sleep(std::chrono::seconds(10));
      response = exchange(out);
    }
    if (!response) {
      Error error = response.error();
      error.remedy = "a managed identity works on Azure alone; elsewhere choose another sign_in";
      return tl::unexpected(error);
    }
    return granted(std::move(response), key, around_.now());
  }
};

class ByDeviceCode final : public Remembering {
 public:
  using Remembering::Remembering;

 private:
  Result<Token> fetch(const std::string& resource) override {
    const std::string scope = resource + "/.default offline_access";
    if (!refresh_.empty()) {
      // One sign-in serves Exchange and Graph, and lasts longer than one token.
      const Secret refresh = refresh_;
      auto renewed = granted(post(endpoint("token"), {{"grant_type", Secret("refresh_token")},
                                                      {"client_id", Secret(profile_.client_id)},
                                                      {"refresh_token", refresh},
                                                      {"scope", Secret(scope)}}),
                             refresh, around_.now());
      if (renewed) return renewed;
      refresh_ = Secret();
    }
    auto begun = post(endpoint("devicecode"),
                      {{"client_id", Secret(profile_.client_id)}, {"scope", Secret(scope)}});
    if (!begun) return tl::unexpected(begun.error());
    if (!begun->ok()) return tl::unexpected(token_error(begun->status, begun->body, where()));
    const Json answer = Json::parse(begun->body, nullptr, false);
    const Secret code(text_of(answer, "device_code"));
    if (code.empty() || text_of(answer, "user_code").empty()) {
      return fail("answered without a device code", where(), "check login_host of the profile");
    }
    around_.say(fmt::format("To sign in live:{}, open {} and enter {}", profile_.name,
                            text_of(answer, "verification_uri"), text_of(answer, "user_code")));
    return poll(code, std::max<std::int64_t>(number_of(answer, "interval"), 1),
                around_.now() + std::max<std::int64_t>(number_of(answer, "expires_in"), 60));
  }

  // RFC 8628, 3.4 and 3.5.
  Result<Token> poll(const Secret& code, std::int64_t interval, UnixTime end) {
    for (;;) {
      around_.sleep(std::chrono::seconds(interval));
      auto response = post(endpoint("token"),
                           {{"grant_type", Secret("urn:ietf:params:oauth:grant-type:device_code")},
                            {"client_id", Secret(profile_.client_id)},
                            {"device_code", code}});
      if (!response) return tl::unexpected(response.error());
      if (response->ok()) return granted(std::move(response), code, around_.now());
      const std::string error = text_of(Json::parse(response->body, nullptr, false), "error");
      if (error == "slow_down") {
        interval += 5;
      } else if (error == "authorization_declined" || error == "access_denied") {
        return fail("the sign-in was declined", where(), "sign in again and accept");
      } else if (error == "expired_token" || error == "code_expired") {
        return fail("the code was not entered in time", where(), "start again");
      } else if (error != "authorization_pending") {
        Error fault = token_error(response->status, response->body, where());
        fault.what = without(std::move(fault.what), code);
        return tl::unexpected(fault);
      }
      if (around_.now() >= end) {
        return fail("the code was not entered in time", where(), "start again");
      }
    }
  }
};

class HandedOver final : public Remembering {
 public:
  using Remembering::Remembering;

 private:
  Result<Token> fetch(const std::string& resource) override {
    if (token_.empty()) {
      auto read = take();
      if (!read) return tl::unexpected(read.error());
      token_ = std::move(*read);
    }
    Token token{token_, around_.now() + 3600};
    if (const auto claims = read_claims(token_.reveal())) {
      if (claims->expires != 0) {
        token.expires = std::min(claims->expires, around_.now() + longest_grant);
      }
      if (token.expires <= around_.now()) {
        return fail(fmt::format("the token handed over expired at {}", format_time(token.expires)),
                    where(), "make a new one");
      }
      if (!claims->audience.empty() && !is_for(*claims, resource)) {
        return fail(fmt::format("the token handed over is for {}, not for {}",
                                printable(claims->audience), resource),
                    where(), fmt::format("ask for the scope {}/.default", resource));
      }
    }
    // What was handed over can't be renewed: it is used to its end.
    token.expires += margin;
    return token;
  }

  [[nodiscard]] bool is_for(const Claims& claims, const std::string& resource) const {
    std::string_view audience = claims.audience;
    if (audience.ends_with('/')) audience.remove_suffix(1);
    // Office 365 Exchange Online and Microsoft Graph by their application ids.
    const bool by_id = audience == "00000002-0000-0ff1-ce00-000000000000" ||
                       audience == "00000003-0000-0000-c000-000000000000";
    // Exchange Online's name of former times, which its service still takes.
    const bool old_name =
        resource == profile_.hosts().exchange && iequals(audience, "https://outlook.office.com");
    return by_id || old_name || iequals(audience, resource);
  }

  Result<Secret> take() {
    if (profile_.token_descriptor >= 0) {
      return read_secret_descriptor(profile_.token_descriptor,
                                    fmt::format("descriptor {}", profile_.token_descriptor));
    }
    auto given =
        given_secret(profile_.token_file, profile_.token_env, "POSTERN_ACCESS_TOKEN", around_);
    if (!given) return tl::unexpected(given.error());
    if (*given) return std::move(**given);
    return fail("no token was handed over", where(),
                "set POSTERN_ACCESS_TOKEN, or name token_env, token_file or token_descriptor in "
                "the profile");
  }
  Secret token_;
};

}  // namespace

std::unique_ptr<TokenSource> sign_in(const Profile& profile, Transport& transport,
                                     const Surroundings& around) {
  switch (profile.sign_in) {
    case SignIn::client_secret:
      return std::make_unique<ByClientSecret>(profile, transport, around);
    case SignIn::certificate:
      return std::make_unique<ByCertificate>(profile, transport, around);
    case SignIn::workload_identity:
      return std::make_unique<ByWorkloadIdentity>(profile, transport, around);
    case SignIn::managed_identity:
      return std::make_unique<ByManagedIdentity>(profile, transport, around);
    case SignIn::device_code:
      return std::make_unique<ByDeviceCode>(profile, transport, around);
    case SignIn::token:
      break;
  }
  return std::make_unique<HandedOver>(profile, transport, around);
}

}  // namespace postern::exchange
