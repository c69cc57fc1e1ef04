#include "plan/one_line.hpp"

#include <utility>

#include "tenant/cmdlet.hpp"

namespace postern::plan {
namespace {

using policy::InboundConnector;

// Fills one connector after the other with a list of the whole. `around` each of its items stand so
// many characters: a comma, and quotes but for addresses.
template <class List>
std::vector<InboundConnector> filled(const InboundConnector& whole, List InboundConnector::*list,
                                     std::size_t around, std::size_t room) {
  InboundConnector bare = whole;
  (bare.*list).clear();
  std::vector<InboundConnector> out;
  std::size_t length = 0;
  for (const auto& each : whole.*list) {
    const std::size_t more = each.text().size() + around;
    if (out.empty() || length + more > room) {
      out.push_back(bare);
      length = line_length(bare);
    }
    (out.back().*list).push_back(each);
    length += more;
  }
  return out;
}

}  // namespace

std::size_t line_length(const InboundConnector& connector) {
  const auto line = tenant::powershell(tenant::new_inbound_connector(connector));
  return line ? line->size() : 0;
}

std::vector<InboundConnector> in_lines(const InboundConnector& connector) {
  if (line_length(connector) <= longest_line) return {connector};
  // Room for a number behind its name and for names of parameters that a bare one does without.
  constexpr std::size_t room = longest_line - 32;
  InboundConnector no_addresses = connector;
  no_addresses.sender_ip_addresses.clear();
  const bool by_domains =
      connector.sender_ip_addresses.empty() || line_length(no_addresses) > longest_line / 2;
  std::vector<InboundConnector> out;
  const std::vector<InboundConnector> parts =
      by_domains ? filled(no_addresses, &InboundConnector::sender_domains, 3,
                          connector.sender_ip_addresses.empty() ? room : longest_line / 2)
                 : std::vector<InboundConnector>{no_addresses};
  for (InboundConnector part : parts) {
    part.sender_ip_addresses = connector.sender_ip_addresses;
    if (line_length(part) <= longest_line) {
      out.push_back(std::move(part));
      continue;
    }
    for (InboundConnector& piece : filled(part, &InboundConnector::sender_ip_addresses, 1, room))
      out.push_back(std::move(piece));
  }
  return out;
}

}  // namespace postern::plan
