// Changing a header without touching a single octet of what stays.
#include <algorithm>

#include <fmt/format.h>

#include "auth/message_check.hpp"
#include "base/ascii.hpp"
#include "gate/judge.hpp"

namespace postern::gate {
namespace {

// A value of a property: a token, or a quoted string (RFC 8601, 2.2). What came from mail may hold
// anything; controls and non-ASCII become '?'.
std::string property_value(std::string_view text) {
  std::string out;
  bool plain = !text.empty();
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    const bool printable_ascii = octet >= 0x20 && octet < 0x7f;
    const char safe = printable_ascii ? c : '?';
    if (std::string_view("()<>@,;:\\\"/[]?= ").find(safe) != std::string_view::npos) plain = false;
    if (safe == '"' || safe == '\\') out += '\\';
    out += safe;
  }
  return plain ? out : '"' + out + '"';
}

std::string_view word(auth::SpfWord result) noexcept {
  using enum auth::SpfWord;
  switch (result) {
    case pass:
      return "pass";
    case fail:
      return "fail";
    case soft_fail:
      return "softfail";
    case neutral:
      return "neutral";
    case temp_error:
      return "temperror";
    case perm_error:
      return "permerror";
    case none:
      break;
  }
  return "none";
}

std::string_view word(auth::DkimResult result) noexcept {
  using enum auth::DkimResult;
  switch (result) {
    case pass:
      return "pass";
    case fail:
      return "fail";
    case policy:
      return "policy";
    case neutral:
      return "neutral";
    case temp_error:
      return "temperror";
    case perm_error:
      return "permerror";
    case none:
      break;
  }
  return "none";
}

std::string_view word(auth::DmarcResult result) noexcept {
  using enum auth::DmarcResult;
  switch (result) {
    case pass:
      return "pass";
    case fail:
      return "fail";
    case temp_error:
      return "temperror";
    case perm_error:
      return "permerror";
    case none:
      break;
  }
  return "none";
}

std::string_view word(auth::ArcResult result) noexcept {
  using enum auth::ArcResult;
  switch (result) {
    case pass:
      return "pass";
    case fail:
      return "fail";
    case temp_error:
      return "temperror";
    case none:
      break;
  }
  return "none";
}

}  // namespace

std::string authentication_results_value(std::string_view authserv_id,
                                         const auth::MessageAuthentication& results) {
  std::string out = property_value(authserv_id);
  if (results.spf.checked) {
    out += fmt::format(";\r\n\tspf={}", word(results.spf.result));
    if (!results.spf.domain.empty()) {
      out += fmt::format(" {}={}", results.spf.identity_is_helo ? "smtp.helo" : "smtp.mailfrom",
                         property_value(results.spf.domain));
    }
  }
  if (results.dkim.empty()) out += ";\r\n\tdkim=none";
  for (const auth::DkimOutcome& each : results.dkim) {
    out += fmt::format(";\r\n\tdkim={}", word(each.result));
    if (!each.domain.empty()) out += " header.d=" + property_value(each.domain);
    if (!each.selector.empty()) out += " header.s=" + property_value(each.selector);
    if (!each.signature_start.empty()) out += " header.b=" + property_value(each.signature_start);
  }
  out += fmt::format(";\r\n\tdmarc={}", word(results.dmarc.result));
  if (!results.dmarc.author_domain.empty()) {
    out += " header.from=" + property_value(results.dmarc.author_domain);
  }
  if (results.arc.result != auth::ArcResult::none) {
    out += fmt::format(";\r\n\tarc={}", word(results.arc.result));
  }
  return out;
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
