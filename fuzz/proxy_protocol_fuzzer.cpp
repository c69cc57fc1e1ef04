#include <cstddef>
#include <string_view>

#include "fuzz.hpp"
#include "smtp/proxy_protocol.hpp"

void postern::fuzz::run(std::string_view input) {
  using Status = smtp::ProxyParse::Status;
  const auto whole = smtp::parse_proxy_header(input);
  if (whole.status == Status::done) {
    require(whole.length > 0 && whole.length <= input.size() &&
                whole.length <= smtp::longest_proxy_header,
            "the header is a part of the input");
    require(smtp::parse_proxy_header(input.substr(0, whole.length)).header == whole.header,
            "what follows changes nothing");
    for (std::size_t size = 0; size < whole.length; ++size) {
      require(smtp::parse_proxy_header(input.substr(0, size)).status == Status::more,
              "nothing shorter is a header");
    }
  }
  if (whole.status == Status::more) {
    require(input.size() < smtp::longest_proxy_header, "waiting has an end");
  }
}
