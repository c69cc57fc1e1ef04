#include <string_view>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "fuzz.hpp"
#include "message/path.hpp"

namespace {

void check(const postern::message::Address& address) {
  using postern::fuzz::require;
  require(postern::is_valid_utf8(address.text), "an address is UTF-8");
  if (address.domain.empty()) return;
  require(postern::normalise_domain(address.domain).value() == address.domain,
          "the domain is in normal form");
  const auto again = postern::message::parse_address(address.text);
  require(again && *again == address, "an address reads back from its text");
}

}  // namespace

void postern::fuzz::run(std::string_view input) {
  if (const auto path = message::parse_path(input)) {
    require(path->null == path->address.text.empty(), "only the null path has no address");
    check(path->address);
  }
  const auto list = message::parse_address_list(input, 20);
  require(list.size() <= 20, "the list is bounded");
  for (const message::Mailbox& mailbox : list) {
    require(!mailbox.address.text.empty(), "a mailbox has an address");
    check(mailbox.address);
  }
}
