#include "exchange/connect.hpp"

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "exchange/admin_answer.hpp"
#include "exchange/patience.hpp"
#include "tenant/list_cut.hpp"

namespace postern::exchange {
namespace {

using Json = nlohmann::json;

// The system mailbox that routes an application's requests; every Exchange Online tenant has it.
constexpr std::string_view anchor = "SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}";
constexpr unsigned most_redirects = 3;
constexpr unsigned most_pages = 10'000;

// Traces are limited over five minutes, and may ask for as long.
Patience patience_for(std::string_view cmdlet) {
  Patience patience;
  if (istarts_with(cmdlet, "Get-MessageTrace")) patience.longest_wait = std::chrono::seconds(330);
  return patience;
}

class InvokeCommand final : public AdminInterface {
 public:
  InvokeCommand(const Profile& profile, TokenSource& tokens, Transport& transport,
                const Surroundings& around)
      : profile_(profile),
        tokens_(tokens),
        transport_(transport),
        around_(around),
        resource_(profile.hosts().exchange),
        base_(resource_),
        connection_(random_guid(around)) {}

  [[nodiscard]] std::string name() const override { return "live:" + profile_.name; }

  Result<Answer> invoke(std::string_view cmdlet, std::string_view parameters) override {
    const std::string where = fmt::format("{}, {}", name(), cmdlet);
    const Json given = Json::parse(parameters, nullptr, false);
    if (!given.is_object()) return fail("the parameters are no JSON object", where);
    auto answer = pages(cmdlet, given, where);
    if (answer || !again_) return answer;
    // Some clients never get past the first page: the paging token names a server that another
    // request does not reach. Some lists are cut with a warning and no link. Once more, all in one;
    // or without asking for all where the cmdlet knows no such question.
    Json other = given;
    if (given.contains("ResultSize") == (*again_ == Again::all)) return answer;
    if (*again_ == Again::all) {
      other["ResultSize"] = "Unlimited";
    } else {
      other.erase("ResultSize");
    }
    return pages(cmdlet, other, where);
  }

 private:
  Result<Answer> pages(std::string_view cmdlet, const Json& parameters, const std::string& where) {
    again_.reset();
    const Secret body(
        Json{{"CmdletInput", {{"CmdletName", cmdlet}, {"Parameters", parameters}}}}.dump(
            -1, ' ', false, Json::error_handler_t::replace));
    Answer answer;
    answer.objects = "[";
    std::string url;  // empty: the tenant's own address, known after signing in
    for (unsigned page_number = 1;; ++page_number) {
      auto response = post(url, cmdlet, body, where);
      if (!response) return tl::unexpected(response.error());
      if (page_number > 1 && is_expired_page(*response)) {
        again_ = Again::all;
        return fail(fmt::format("the list broke off after page {}: the service no longer knows its "
                                "own paging token",
                                page_number - 1),
                    where, "try again");
      }
      if (lacks_parameter(*response, "ResultSize")) again_ = Again::without_size;
      if (!response->ok()) return tl::unexpected(admin_error(*response, cmdlet, where));
      auto page = read_page(response->body, where);
      if (!page) return tl::unexpected(page.error());
      // What a Get does not hold is not known; only "value": [] says that there is nothing.
      if (cmdlet.starts_with("Get-") && !page->has_value) {
        return fail("the answer holds no list, not even an empty one", where,
                    "try again; if it stays so, check exchange_host and any proxy between");
      }
      if (auto whole = not_cut(*page, cmdlet, where); !whole) {
        again_ = Again::all;
        return tl::unexpected(whole.error());
      }
      if (page->count > 0) answer.objects += (answer.objects.size() > 1 ? "," : "") + page->objects;
      for (std::string& warning : page->warnings)
        answer.warnings.push_back(std::move(warning));
      if (page->next_link.empty()) break;
      if (page_number == most_pages) {
        return fail(fmt::format("the list does not end after {} pages", most_pages), where,
                    "ask for less");
      }
      auto next = within(page->next_link, resource_, where);
      if (!next) return tl::unexpected(next.error());
      url = std::move(*next);
    }
    answer.objects += "]";
    return answer;
  }

  // Traces come in parts by design, and say so; whoever reads them goes on from the last row.
  static Result<void> not_cut(const Page& page, std::string_view cmdlet, const std::string& where) {
    if (!istarts_with(cmdlet, "Get-") || istarts_with(cmdlet, "Get-MessageTrace")) return {};
    for (const std::string& warning : page.warnings) {
      if (!tenant::warns_of_a_cut(warning)) continue;
      return fail(fmt::format("the list came in part: {}", printable(warning)), where,
                  "try again; what is missing can't be told");
    }
    return {};
  }

  Result<void> sign_in(const std::string& where) {
    auto token = tokens_.token(resource_);
    if (!token) return tl::unexpected(token.error());
    token_ = std::move(token->value);
    if (!tenant_.empty()) return {};
    tenant_ = profile_.tenant;
    anchor_mailbox_ = fmt::format("APP:{}@{}", anchor, tenant_);
    const auto claims = read_claims(token_.reveal());
    if (!claims) {
      if (!tenant_.empty()) return {};
      return fail("the token does not tell its tenant", where, "add tenant to the profile");
    }
    if (auto checked = check_claims(*claims, profile_, where); !checked) {
      tenant_.clear();
      return checked;
    }
    if (!claims->tenant_id.empty()) tenant_ = claims->tenant_id;
    anchor_mailbox_ =
        claims->user.empty() ? fmt::format("APP:{}@{}", anchor, tenant_) : "UPN:" + claims->user;
    return {};
  }

  Request request(const std::string& url, std::string_view cmdlet, const Secret& body) const {
    Request out;
    out.url = url;
    out.bearer = token_;
    out.post = true;
    out.body = body;
    out.time_limit = std::chrono::seconds(profile_.timeout);
    out.headers = {
        {"Content-Type", "application/json"},       {"Accept", "application/json"},
        {"Prefer", "odata.maxpagesize=1000"},       {"X-ResponseFormat", "json"},
        {"X-AnchorMailbox", anchor_mailbox_},       {"X-CmdletName", std::string(cmdlet)},
        {"X-ClientApplication", "Postern"},         {"connection-id", connection_},
        {"client-request-id", random_guid(around_)}};
    return out;
  }

  // Follows regional redirects, and signs in anew once where the service no longer takes the token.
  Result<Response> post(std::string url, std::string_view cmdlet, const Secret& body,
                        const std::string& where) {
    const bool reads = istarts_with(cmdlet, "Get-");
    bool renewed = false;
    for (unsigned redirects = 0;;) {
      if (auto done = sign_in(where); !done) return tl::unexpected(done.error());
      const std::string target = url.empty() ? fmt::format("{}/adminapi/beta/{}/InvokeCommand",
                                                           base_, percent_encoded(tenant_))
                                             : url;
      auto response = send_patiently(transport_, request(target, cmdlet, body), reads,
                                     patience_for(cmdlet), around_);
      if (!response) {
        Error error = response.error().error;
        error.where = where + (error.where.empty() ? "" : ", " + error.where.text());
        if (!reads && !response.error().nothing_sent) {
          error.what += "; whether the change was made is not known";
          error.remedy = "read the setting back";
        }
        return tl::unexpected(error);
      }
      if (response->status == 401 && !renewed && tokens_.renew(resource_)) {
        renewed = true;
        continue;
      }
      const int status = response->status;
      if (status != 301 && status != 302 && status != 307 && status != 308) {
        return std::move(*response);
      }
      const std::string location(response->header("Location"));
      if (++redirects > most_redirects || location.empty()) {
        return fail("the service redirects without end", where, "check exchange_host");
      }
      auto next = within(location, resource_, where);
      if (!next) return tl::unexpected(next.error());
      // Later calls go there at once.
      if (url.empty()) {
        base_ = parse_url(*next)->base();
      } else {
        url = std::move(*next);
      }
    }
  }

  const Profile profile_;
  TokenSource& tokens_;
  Transport& transport_;
  const Surroundings& around_;
  std::string resource_;  ///< what tokens are for, and where they may go
  std::string base_;      ///< where requests go: the same, or a regional host
  std::string connection_;
  std::string tenant_;
  std::string anchor_mailbox_;
  Secret token_;
  /// How the last list is worth asking for once more.
  enum class Again { all, without_size };
  std::optional<Again> again_;
};

}  // namespace

Result<std::string> within(const std::string& location, const std::string& base,
                           const std::string& where) {
  const auto home = parse_url(base);
  if (!home) return tl::unexpected(home.error());
  // A relative reference stays at home.
  auto there = location.starts_with('/') && !location.starts_with("//")
                   ? parse_url(home->base() + location)
                   : parse_url(location);
  if (!there) return tl::unexpected(Error{there.error().what, where, {}});
  const bool same_host = there->host == home->host || there->host.ends_with("." + home->host);
  // The front door has been seen to name :446, behind which 443 answers the same.
  if (home->port == "443" && there->port == "446") there->port = "443";
  if (there->scheme != "https" || !same_host || there->port != home->port) {
    return fail(fmt::format("the service points to {}, and the token does not go there",
                            printable(there->base())),
                where, "check exchange_host and any proxy between");
  }
  return there->base() + there->path;
}

Result<void> check_claims(const Claims& claims, const Profile& profile, const std::string& where) {
  if (is_guid(profile.tenant) && !claims.tenant_id.empty() &&
      !iequals(profile.tenant, claims.tenant_id)) {
    return fail(fmt::format("the token is of tenant {}, the profile's is {}",
                            printable(claims.tenant_id), profile.tenant),
                where, "check tenant of the profile");
  }
  const std::string& audience = claims.audience;
  if (audience.find("graph.") != std::string::npos ||
      audience == "00000003-0000-0000-c000-000000000000") {
    return fail("the token is for Microsoft Graph, not for Exchange Online", where,
                fmt::format("ask for the scope {}/.default", profile.hosts().exchange));
  }
  if (claims.is_delegated()) {
    if (claims.has_scope("Exchange.Manage") || claims.has_scope("full_access_as_user") ||
        claims.has_scope("user_impersonation")) {
      return {};
    }
    return fail("the token lacks the delegated permission Exchange.Manage", where,
                "add it to the app registration (Office 365 Exchange Online), grant consent, and "
                "sign in again");
  }
  if (claims.has_role("Exchange.ManageAsApp")) return {};
  if (claims.has_role("Exchange.ManageAsAppV2")) {
    return fail("the token has Exchange.ManageAsAppV2 alone, which has no connectors", where,
                "add Exchange.ManageAsApp to the app registration and grant admin consent");
  }
  return fail("the token lacks the application permission Exchange.ManageAsApp", where,
              "add it to the app registration (APIs my organization uses, Office 365 Exchange "
              "Online, application permissions) and grant admin consent; a new token may take "
              "some minutes to show it");
}

Result<std::unique_ptr<Transport>> open_transport(const Profile& profile,
                                                  const Surroundings& around) {
  TransportOptions options;
  options.user_agent = "Postern (+admin interface client)";
  options.ca_bundle = profile.ca_bundle;
  return open_transport(options, around);
}

std::unique_ptr<AdminInterface> connect(const Profile& profile, TokenSource& tokens,
                                        Transport& transport, const Surroundings& around) {
  return std::make_unique<InvokeCommand>(profile, tokens, transport, around);
}

}  // namespace postern::exchange
