#include "exchange/graph.hpp"

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "exchange/admin_answer.hpp"
#include "exchange/connect.hpp"
#include "exchange/patience.hpp"

namespace postern::exchange {
namespace {

using Json = nlohmann::json;

constexpr std::size_t largest_hunting = std::size_t{128} << 20;  // the service stops at 124 MB

Error graph_error(const Response& response, const std::string& where, std::string_view permission) {
  const std::string words = error_text(response.body);
  const std::string said = words.empty() ? "" : ": " + words;
  switch (response.status) {
    case 401:
      return {"Microsoft Graph does not accept the token (401)" + said, where,
              "check cloud and tenant of the profile"};
    case 403:
      return {"Microsoft Graph forbids it (403)" + said, where,
              fmt::format("the application needs {} with admin consent", permission)};
    case 429:
      return {"Microsoft Graph is throttling this caller (429)", where,
              "wait some minutes, then run the same command again: it goes on where it stopped"};
    default:
      break;
  }
  return {fmt::format("Microsoft Graph answered {}{}", response.status, said), where,
          permission == "ExchangeMessageTrace.Read.All"
              ? "the tenant needs the service principal of "
                "8bd644d1-64a1-4d4b-ae52-2e0cbf64e373 (docs/live.md)"
              : "try again later"};
}

// What the reader of EmailEvents can't do without.
constexpr std::array<std::string_view, 3> needed_columns = {"Timestamp", "SenderMailFromAddress",
                                                            "RecipientEmailAddress"};

// "name" and "Name" have both been documented.
Result<void> check_schema(const Json& answer, const std::string& where) {
  const Json* schema = nullptr;
  for (const auto& [key, value] : answer.items()) {
    if (iequals(key, "schema") && value.is_array()) schema = &value;
  }
  if (schema == nullptr) return fail("the answer has no schema", where, "try again");
  for (const std::string_view column : needed_columns) {
    bool found = false;
    for (const Json& each : *schema) {
      if (!each.is_object()) continue;
      for (const auto& [key, value] : each.items()) {
        found = found || (iequals(key, "name") && value.is_string() &&
                          iequals(value.get_ref<const std::string&>(), column));
      }
    }
    if (!found) return fail(fmt::format("the answer has no column {}", column), where, "try again");
  }
  return {};
}

std::string kql_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

}  // namespace

Graph::Graph(const Profile& profile, TokenSource& tokens, Transport& transport,
             const Surroundings& around)
    : profile_(profile),
      tokens_(tokens),
      transport_(transport),
      around_(around),
      base_(profile.hosts().graph) {}

Result<Response> Graph::send(Request request, const std::string& where) {
  for (bool renewed = false;; renewed = true) {
    auto token = tokens_.token(base_);
    if (!token) return tl::unexpected(token.error());
    request.bearer = token->value;
    request.time_limit = std::chrono::seconds(profile_.timeout);
    // A running window of five minutes may ask for as long.
    auto response =
        send_patiently(transport_, request, true, {5, 3, std::chrono::seconds(330)}, around_);
    if (!response) {
      Error error = response.error().error;
      error.where = where + (error.where.empty() ? "" : ", " + error.where.text());
      return tl::unexpected(error);
    }
    if (response->status != 401 || renewed || !tokens_.renew(base_)) return std::move(*response);
  }
}

Result<Graph::Rows> Graph::message_traces(const std::string& since, const std::string& until,
                                          const std::string& next) {
  const std::string where = fmt::format("live:{}, Graph message trace", profile_.name);
  Request request;
  if (next.empty()) {
    const std::string filter =
        fmt::format("receivedDateTime ge {} and receivedDateTime le {}", since, until);
    request.url = fmt::format("{}/v1.0/admin/exchange/tracing/messageTraces?$filter={}&$top=5000",
                              base_, percent_encoded(filter));
  } else {
    auto there = within(next, base_, where);
    if (!there) return tl::unexpected(there.error());
    request.url = std::move(*there);
  }
  request.headers = {{"Accept", "application/json"}, {"Prefer", "include-unknown-enum-members"}};
  auto response = send(std::move(request), where);
  if (!response) return tl::unexpected(response.error());
  if (!response->ok()) {
    return tl::unexpected(graph_error(*response, where, "ExchangeMessageTrace.Read.All"));
  }
  auto page = read_page(response->body, where);
  if (!page) return tl::unexpected(page.error());
  return Rows{"{\"value\":[" + page->objects + "]}\n", page->count, std::move(page->next_link)};
}

Result<std::string> Graph::trace_details(const TraceCandidate& candidate) {
  const std::string where = fmt::format("live:{}, Graph message trace details", profile_.name);
  std::string recipient;  // OData doubles the quote within a literal
  for (const char c : candidate.recipient)
    recipient += c == '\'' ? std::string("''") : std::string(1, c);
  std::string next = fmt::format(
      "{}/v1.0/admin/exchange/tracing/messageTraces/{}/"
      "getDetailsByRecipient(recipientAddress='{}')",
      base_, percent_encoded(candidate.trace_id), percent_encoded(recipient));
  Json rows = Json::array();
  constexpr unsigned most_pages = 20;
  for (unsigned pages = 0; !next.empty() && pages < most_pages; ++pages) {
    Request request;
    request.url = std::move(next);
    request.headers = {{"Accept", "application/json"}};
    auto response = send(std::move(request), where);
    if (!response) return tl::unexpected(response.error());
    if (!response->ok()) {
      return tl::unexpected(graph_error(*response, where, "ExchangeMessageTrace.Read.All"));
    }
    const auto page = read_page(response->body, where);
    if (!page) return tl::unexpected(page.error());
    for (Json& row : Json::parse("[" + page->objects + "]", nullptr, false)) {
      if (!row.is_object()) return fail("a row is no JSON object", where, "try again");
      row["MessageTraceId"] = candidate.trace_id;
      row["recipientAddress"] = candidate.recipient;
      rows.push_back(std::move(row));
    }
    next.clear();
    if (!page->next_link.empty()) {
      auto there = within(page->next_link, base_, where);
      if (!there) return tl::unexpected(there.error());
      next = std::move(*there);
    }
  }
  return rows.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Graph::Rows> Graph::hunting(const std::string& query) {
  const std::string where = fmt::format("live:{}, hunting query", profile_.name);
  Request request;
  request.url = base_ + "/v1.0/security/runHuntingQuery";
  request.post = true;
  request.body = Secret(Json{{"Query", query}, {"Timespan", "P30D"}}.dump());
  request.headers = {{"Accept", "application/json"}, {"Content-Type", "application/json"}};
  request.longest_answer = largest_hunting;
  auto response = send(std::move(request), where);
  if (!response) return tl::unexpected(response.error());
  if (!response->ok()) {
    return tl::unexpected(graph_error(*response, where, "ThreatHunting.Read.All"));
  }
  const Json answer = Json::parse(response->body, nullptr, false);
  if (!answer.is_object()) return fail("the answer is no JSON object", where, "try again");
  if (auto checked = check_schema(answer, where); !checked) return tl::unexpected(checked.error());
  for (const auto& [key, value] : answer.items()) {
    if (!iequals(key, "results")) continue;
    if (!value.is_array()) break;
    return Rows{std::move(response->body), value.size(), {}};
  }
  return fail("the answer has no results", where, "try again");
}

std::string email_events_query(const std::vector<std::string>& domains, UnixTime since,
                               UnixTime until) {
  std::string exact;
  std::string below;
  for (const std::string& domain : domains) {
    if (domain.starts_with("*.")) {
      below += " or SenderMailFromDomain endswith " + kql_text(domain.substr(1));
    } else {
      append_item(exact, kql_text(domain));
    }
  }
  return fmt::format(
      "EmailEvents | where Timestamp >= datetime({}) and Timestamp < datetime({}) "
      "| where EmailDirection in ('Inbound', 'Intra-org') "
      "| where SenderMailFromDomain in~ ({}){} "
      "| project Timestamp, NetworkMessageId, InternetMessageId, SenderMailFromAddress, "
      "SenderMailFromDomain, SenderFromAddress, SenderFromDomain, SenderIPv4, SenderIPv6, "
      "RecipientEmailAddress, Subject, EmailDirection, DeliveryAction, DeliveryLocation, "
      "AuthenticationDetails, Connectors",
      format_time(since), format_time(until), exact.empty() ? "''" : exact, below);
}

}  // namespace postern::exchange
