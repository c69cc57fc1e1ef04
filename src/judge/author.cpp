#include "judge/author.hpp"

#include <cstddef>

#include "message/path.hpp"

namespace postern::judge {

Author author_of(const message::HeaderBlock& header) {
  Author author;
  for (const std::size_t index : header.all("From")) {
    ++author.fields;
    for (const message::Mailbox& each :
         message::parse_address_list(message::unfold(header.fields()[index].body), 100)) {
      if (author.addresses++ == 0) author.address = each.address.text;
      author.domains.push_back(each.address.domain);
    }
  }
  return author;
}

}  // namespace postern::judge
