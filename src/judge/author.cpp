#include "judge/author.hpp"

#include <cstddef>

#include "message/address_list.hpp"

namespace postern::judge {

Author author_of(const message::HeaderBlock& header) {
  Author author;
  for (const std::size_t index : header.all("From")) {
    ++author.fields;
    const message::AddressList list = message::read_address_list(header.fields()[index].body);
    author.unreadable = author.unreadable || !list.whole || list.mailboxes.empty();
    for (const message::Mailbox& each : list.mailboxes) {
      if (author.addresses++ == 0) author.address = each.address.text;
      author.domains.push_back(each.address.domain);
    }
  }
  if (author.unreadable && author.addresses == 0) author.address = "(unreadable)";
  return author;
}

}  // namespace postern::judge
