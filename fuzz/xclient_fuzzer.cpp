#include <string>
#include <string_view>

#include "fuzz.hpp"
#include "smtp/envelope.hpp"
#include "smtp/xclient.hpp"

void postern::fuzz::run(std::string_view input) {
  const auto is_clean = [](std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
  };
  smtp::ClientAttributes client;
  const smtp::ClientAttributes before = client;
  if (!smtp::parse_xclient(input, client)) {
    require(client == before, "what is not good changes nothing");
  } else {
    require(is_clean(client.name) && is_clean(client.helo) && is_clean(client.login),
            "no attribute ends a line");
    const std::string line =
        smtp::format_xclient(client, {"NAME", "ADDR", "PORT", "PROTO", "HELO", "LOGIN"});
    smtp::ClientAttributes again;
    require(smtp::parse_xclient(std::string_view(line).substr(8), again) && again == client,
            "attributes read back from what is written");
  }
  if (const auto text = smtp::decode_xtext(input)) {
    require(is_clean(*text), "xtext ends no line");
    require(smtp::decode_xtext(smtp::encode_xtext(*text)) == text, "xtext reads back");
  }
  for (const bool utf8 : {false, true}) {
    if (const auto mail = smtp::parse_mail(input)) {
      require(is_clean(mail->wire()), "a sender ends no line");
    }
    if (const auto rcpt = smtp::parse_rcpt(input, utf8)) {
      require(is_clean(rcpt->text), "a recipient ends no line");
    }
  }
}
