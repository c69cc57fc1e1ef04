#include "evidence/tables/arrival_data.hpp"

#include <algorithm>
#include <cstddef>

#include "base/ascii.hpp"

namespace postern::evidence {
namespace {

// Takes one pair off the front, without its quotes and its "S:".
std::string_view take_pair(std::string_view& text) {
  text = trim(text);
  std::string_view pair;
  if (text.starts_with('\'')) {
    std::size_t close = text.find("';", 1);
    if (close == std::string_view::npos) close = text.rfind('\'');
    if (close == 0) close = text.size();
    pair = text.substr(1, close - 1);
    text.remove_prefix(std::min(close + 2, text.size()));
  } else {
    const std::size_t end = std::min(text.find(';'), text.size());
    pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  pair = trim(pair);
  if (pair.starts_with("S:")) pair.remove_prefix(2);
  return pair;
}

// "Name=Partner connector;ConnectorType=Partner;TenantId=…"
void read_connector(std::string_view text, ArrivalData& out) {
  for (const std::string_view part : split(text, ';')) {
    const std::string_view each = trim(part);
    if (istarts_with(each, "Name=")) out.connector = trim(each.substr(5));
    if (istarts_with(each, "TenantId=")) out.connector_tenant = trim(each.substr(9));
  }
}

}  // namespace

ArrivalData arrival_data(std::string_view text) {
  ArrivalData out;
  while (!trim(text).empty()) {
    const std::string_view pair = take_pair(text);
    const std::size_t equal = pair.find('=');
    if (equal == std::string_view::npos) continue;
    const std::string_view key = pair.substr(0, equal);
    const std::string_view value = trim(pair.substr(equal + 1));
    if (key == "ProxiedClientIPAddress") out.client_address = value;
    if (key == "ProxiedClientHostname") out.client_hostname = value;
    if (key == "tlsversion") out.tls_version = value;
    if (key == "InboundConnectorData") read_connector(value, out);
  }
  return out;
}

void add_arrival_data(const ArrivalData& data, std::string_view own_tenant, Message& m) {
  policy::Submission& s = m.submission;
  if (m.helo.empty()) m.helo = data.client_hostname;
  if (!data.tls_version.empty()) {
    const bool none = ifind(data.tls_version, "NONE") != std::string_view::npos;
    s.tls = none ? policy::Known::no : policy::Known::yes;
  }
  // Exports shorten ids now and then; whole ones alone can be told apart.
  constexpr std::size_t whole_id = 36;
  const bool foreign = own_tenant.size() == whole_id && data.connector_tenant.size() == whole_id &&
                       !iequals(own_tenant, data.connector_tenant);
  if (data.connector.empty() || foreign) return;
  // The connector column names Exchange's own receive connector even then.
  s.observed.state = policy::ObservedAttribution::State::connector;
  s.observed.connector = data.connector;
}

}  // namespace postern::evidence
