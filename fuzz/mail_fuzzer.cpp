#include <string_view>
#include <utility>

#include "evidence/mail/mail_message.hpp"
#include "evidence/testing/read_as.hpp"
#include "reading.hpp"
#include "verifying.hpp"

void postern::fuzz::run(std::string_view input) {
  evidence::MessageBuffer buffer;
  const bool is_mail = evidence::message_from_headers(input, buffer);
  require(is_mail == !buffer.messages().empty(), "mail gives at least one message");
  read_both_ways(input, [](evidence::ByteSource source, evidence::Sink& sink) {
    return evidence::read_text_as("eml", std::move(source), {}, sink);
  });
  static Verifying verifying;
  read_both_ways(input, [](evidence::ByteSource source, evidence::Sink& sink) {
    evidence::Options options;
    options.verifier = &verifying;
    return evidence::read_text_as("eml", std::move(source), options, sink);
  });
}
