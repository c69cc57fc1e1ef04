// Changing a header without touching a single octet of what stays.
#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "auth/authentication_results_field.hpp"
#include "auth/message_check.hpp"
#include "gate/judge.hpp"

namespace postern::gate {

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

message::HeaderBlock whole_header(std::string_view bytes) {
  return message::HeaderBlock::parse(bytes, bytes.size(), false);
}

std::string edited_header(std::string_view bytes, const message::HeaderBlock& header,
                          std::span<const HeaderEdit> edits) {
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
  return out;
}

}  // namespace postern::gate
