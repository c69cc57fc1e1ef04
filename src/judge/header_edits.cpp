#include "judge/header_edits.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/authentication_results_field.hpp"
#include "auth/message_check.hpp"
#include "base/ascii.hpp"

namespace postern::judge {

std::string authentication_results_value(std::string_view authserv_id,
                                         const auth::MessageAuthentication& results) {
  auth::AuthenticationResultsField field;
  field.authserv_id = authserv_id;
  const auto state = [&field](std::string_view method, std::string_view result) {
    auth::MethodStatement statement;
    statement.method = method;
    statement.result = result;
    field.methods.push_back(std::move(statement));
  };
  const auto add = [&field](std::string_view name, std::string_view value) {
    if (!value.empty()) {
      field.methods.back().properties.push_back({std::string(name), std::string(value)});
    }
  };
  if (results.spf.checked) {
    state("spf", word_of(results.spf.result));
    add(results.spf.identity_is_helo ? "smtp.helo" : "smtp.mailfrom", results.spf.domain);
  }
  if (results.dkim.empty()) state("dkim", "none");
  for (const auth::DkimOutcome& each : results.dkim) {
    state("dkim", word_of(each.result));
    add("header.d", each.domain);
    add("header.s", each.selector);
    add("header.b", each.signature_start);
  }
  state("dmarc", word_of(results.dmarc.result));
  add("header.from", results.dmarc.author_domain);
  if (results.arc.result != auth::ArcResult::none) state("arc", word_of(results.arc.result));
  return write_authentication_results(field);
}

message::HeaderBlock whole_header(const smtp::MessageOctets& octets) {
  return message::HeaderBlock::parse(octets.view(), false);
}

std::vector<HeaderEdit> edits_of(const message::HeaderBlock& header, const Settings& settings,
                                 bool strip, const auth::MessageAuthentication* results) {
  std::vector<HeaderEdit> edits;
  const std::string& own = settings.authserv_id;
  std::map<std::string, unsigned> seen;
  for (std::size_t i = 0; i < header.fields().size(); ++i) {
    const message::Field& field = header.fields()[i];
    const bool organization = istarts_with(field.name, "X-MS-Exchange-Organization-") ||
                              istarts_with(field.name, "X-MS-Exchange-CrossTenant-") ||
                              istarts_with(field.name, "X-MS-Exchange-CrossPremises-") ||
                              istarts_with(field.name, "X-MS-Exchange-Forest-");
    const bool results_field = iequals(field.name, "Authentication-Results");
    if (!organization && !results_field) continue;
    const unsigned occurrence = ++seen[to_lower(field.name)];
    const bool forged = results_field && auth::forges_us(field.body, own);
    if ((organization && strip) || forged) {
      edits.push_back({HeaderEdit::Kind::remove, std::string(field.name), occurrence, i, {}});
    }
  }
  if (results != nullptr && !own.empty()) {
    edits.push_back({HeaderEdit::Kind::prepend, "Authentication-Results", 0, 0,
                     authentication_results_value(own, *results)});
  }
  return edits;
}

smtp::MessageOctets edited_header(const smtp::MessageOctets& octets,
                                  const message::HeaderBlock& header,
                                  std::span<const HeaderEdit> edits) {
  const std::string_view bytes = octets.view();
  std::string out;
  out.reserve(bytes.size() + 512);
  std::vector<std::size_t> removed;
  for (const HeaderEdit& edit : edits) {
    if (edit.kind == HeaderEdit::Kind::remove) {
      removed.push_back(edit.field);
    } else {
      out += edit.name + ": " + edit.value + "\r\n";
    }
  }
  std::sort(removed.begin(), removed.end());
  std::size_t from = 0;
  for (const std::size_t index : removed) {
    const message::Field& field = header.fields()[index];
    const auto begin = static_cast<std::size_t>(field.name.data() - bytes.data());
    // Up to where the next line starts that does not continue this field.
    auto end = static_cast<std::size_t>(field.body.data() + field.body.size() - bytes.data());
    end = std::min(bytes.find('\n', end), bytes.size() - 1) + 1;
    out += bytes.substr(from, begin - from);
    from = std::max(from, end);
  }
  out += bytes.substr(from);
  return smtp::MessageOctets::never_stuffed(std::move(out));
}

}  // namespace postern::judge
