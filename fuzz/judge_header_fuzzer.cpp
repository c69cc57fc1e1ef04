// Any header before the judge: what is forged must be gone after the edits, whatever else is there.
#include <memory>
#include <string>
#include <string_view>

#include "base/ascii.hpp"
#include "fuzz.hpp"
#include "judge/hearing.hpp"
#include "message/authentication_results.hpp"

namespace postern::fuzz {
namespace {

using namespace judge;

const std::shared_ptr<const Judge>& judge() {
  static const std::shared_ptr<const Judge> made = [] {
    policy::Tenant tenant;
    tenant.name = "contoso.com";
    tenant.accepted_domains = {{"contoso.com", {}, false, false, ""}};
    Settings settings;
    settings.refuse_multiple_from = true;
    settings.strip_organization_headers = true;
    settings.authserv_id = "gate.example";
    return *Judge::make({&tenant, 1}, settings);
  }();
  return made;
}

}  // namespace

void run(std::string_view input) {
  const SessionFacts session;
  Hearing hearing(judge(), session, {false, {"bob@adatum.com", "adatum.com"}}, 0, "");
  require(hearing.recipient({"ann@contoso.com", "contoso.com"}).action == Action::accept,
          "mail from outside");
  const auto octets = smtp::MessageOctets::never_stuffed(std::string(input));
  const auto header = whole_header(octets);
  const MessageAnswer answer = hearing.message(header, nullptr);
  require(
      (answer.action == Action::accept) == (header.all("From").size() <= 1 && answer.why.empty()),
      "several From fields are refused");
  if (answer.action != Action::accept) return;
  const smtp::MessageOctets edited = edited_header(octets, header, answer.edits);
  require(edited.view().size() <= input.size(), "only removals here");
  const auto after = whole_header(edited);
  require(after.fields().size() + answer.edits.size() == header.fields().size(),
          "each edit removes one field");
  for (const message::Field& field : after.fields()) {
    require(!istarts_with(field.name, "X-MS-Exchange-Organization-"), "a forged field is gone");
    if (iequals(field.name, "Authentication-Results")) {
      const auto results = message::parse_authentication_results(message::unfold(field.body));
      require(!iequals(results.server, "gate.example"), "forged results are gone");
    }
  }
}

}  // namespace postern::fuzz
