#include "judge/author.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "judge/sender_readings.hpp"
#include "message/address_list.hpp"

namespace postern::judge {
namespace {

// Mail servers cut a field that is too long for them, and read what is left: "ceo", 100,000 spaces
// and "@adatum.com" is ceo at the next hop's own domain to Postfix (header_size_limit: 102400
// octets; header_address_token_limit: 10240 tokens, each an octet or more). They break a line that
// is longer than RFC 5322, 2.1.1 allows, which leaves contoso.com of contoso.com.adatum.com
// (smtp_line_length_limit: 998 octets, once 990). Nobody's From is that long.
constexpr std::size_t longest_field = 8192;  // of all From fields together
constexpr std::size_t longest_line = 950;

std::string_view whole_field(const message::Field& field) {
  return {field.name.data(),
          static_cast<std::size_t>(field.body.data() + field.body.size() - field.name.data())};
}

bool has_long_line(std::string_view field) {
  const auto lines = split(field, '\n');
  return std::any_of(lines.begin(), lines.end(),
                     [](std::string_view line) { return line.size() > longest_line; });
}

}  // namespace

Author author_of(const message::HeaderBlock& header) {
  Author author;
  std::size_t size = 0;
  for (const std::size_t index : header.all("From")) {
    ++author.fields;
    const message::Field& field = header.fields()[index];
    const std::string_view whole = whole_field(field);
    size += whole.size();
    if (size > longest_field || has_long_line(whole)) {
      author.unreadable = true;
      break;
    }
    const message::AddressList list = message::read_address_list(field.body);
    author.unreadable = author.unreadable || !list.whole || list.mailboxes.empty();
    for (const message::Mailbox& each : list.mailboxes) {
      if (author.addresses++ == 0) author.address = each.address.text;
      author.domains.push_back(each.address.domain);
      for (std::string& other : other_domains_of(each.address))
        author.other_domains.push_back(std::move(other));
    }
  }
  for (std::vector<std::string>* names : {&author.domains, &author.other_domains}) {
    std::sort(names->begin(), names->end());
    names->erase(std::unique(names->begin(), names->end()), names->end());
  }
  if (author.unreadable && author.addresses == 0) author.address = "(unreadable)";
  return author;
}

}  // namespace postern::judge
