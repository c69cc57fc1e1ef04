#include "judge/sender_readings.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/domain.hpp"
#include "message/lexical.hpp"

namespace postern::judge {

std::vector<std::string> other_domains_of(const message::Address& address, bool* nameless) {
  constexpr std::string_view routes = "%!@";
  std::vector<std::string> domains;
  if (!address.domain.empty() && address.domain.find('.') == std::string::npos) {
    domains.push_back(address.domain);
  }
  // Without an '@' all of it is local part, and the next hop's own domain is added.
  const std::string_view written =
      std::string_view(address.text).substr(0, address.text.rfind('@'));
  if (written.find_first_of(routes) == std::string_view::npos) return domains;
  const std::string local = message::unquoted(written);
  const std::string_view text = local;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find_first_of(routes, start), text.size());
    // user%domain and user@domain, domain!user.
    const bool after = start > 0 && text[start - 1] != '!';
    const bool before = end < text.size() && text[end] == '!';
    const std::string_view name = text.substr(start, end - start);
    start = end + 1;
    if ((!after && !before) || name.empty()) continue;
    auto normal = normalise_domain(name);
    if (normal && !normal->empty()) {
      domains.push_back(std::move(*normal));
    } else if (nameless != nullptr) {
      *nameless = true;
    }
  }
  return domains;
}

std::string completed_own(const policy::Policy& policy, std::string_view name,
                          std::string_view recipient, std::string_view default_domain) {
  for (const std::string_view behind : {recipient, default_domain}) {
    std::string whole = fmt::format("{}.{}", name, behind);
    if (policy.owner_of(whole) != policy::no_tenant) return whole;
  }
  return {};
}

std::vector<std::string> own_readings(const policy::Policy& policy,
                                      std::span<const std::string> others,
                                      std::string_view recipient, std::string_view default_domain) {
  std::vector<std::string> own;
  for (const std::string& domain : others) {
    std::string read = domain;
    if (domain.find('.') == std::string::npos) {
      read = completed_own(policy, domain, recipient, default_domain);
    } else if (policy.owner_of(domain) == policy::no_tenant) {
      read.clear();
    }
    if (read.empty() || std::find(own.begin(), own.end(), read) != own.end()) continue;
    own.push_back(std::move(read));
  }
  return own;
}

bool is_vouched_for(policy::Reason reason) noexcept {
  using policy::Reason;
  switch (reason) {
    case Reason::authenticated:
    case Reason::originating_certificate:
    case Reason::originating_sender:
    case Reason::originating_recipient:
    case Reason::partner_connector:
      return true;
    default:
      return false;
  }
}

std::vector<Reading> readings_of(const policy::Policy& rule, const policy::Submission& submission,
                                 const policy::Verdict& verdict, std::span<const std::string> own) {
  std::vector<Reading> out;
  if (verdict.action != policy::Action::accept || is_vouched_for(verdict.reason)) return out;
  for (const std::string& domain : own) {
    policy::Submission otherwise = submission;
    otherwise.reverse_path = {policy::ReversePath::State::address, domain};
    out.push_back({domain, decide(rule, otherwise)});
    if (out.back().verdict.action != policy::Action::accept) break;
  }
  return out;
}

}  // namespace postern::judge
