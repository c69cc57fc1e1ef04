#include "judge/sender_readings.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include "base/domain.hpp"
#include "message/lexical.hpp"

namespace postern::judge {

std::vector<std::string> other_domains_of(const message::Address& sender) {
  constexpr std::string_view routes = "%!@";
  std::vector<std::string> domains;
  if (!sender.domain.empty() && sender.domain.find('.') == std::string::npos) {
    domains.push_back(sender.domain);
  }
  // Without an '@' all of it is local part, and the next hop's own domain is added.
  const std::string_view written = std::string_view(sender.text).substr(0, sender.text.rfind('@'));
  if (written.find_first_of(routes) == std::string_view::npos) return domains;
  const std::string local = message::unquoted(written);
  const std::string_view text = local;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find_first_of(routes, start), text.size());
    // user%domain and user@domain, domain!user.
    const bool after = start > 0 && text[start - 1] != '!';
    const bool before = end < text.size() && text[end] == '!';
    auto normal = normalise_domain(text.substr(start, end - start));
    if ((after || before) && normal && !normal->empty()) domains.push_back(std::move(*normal));
    start = end + 1;
  }
  return domains;
}

}  // namespace postern::judge
