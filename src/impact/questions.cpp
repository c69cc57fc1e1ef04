#include "impact/questions.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "base/numbers.hpp"
#include "impact/to_do.hpp"
#include "settings_file/value.hpp"

namespace postern::impact {
namespace {

constexpr std::array<std::string_view, 8> result_words = {
    "not recorded", "none", "pass", "fail", "softfail", "neutral", "temperror", "permerror"};

// "SPF softfail 4, none 1".
void add_results(std::string& line, std::string_view name, const ResultCounts& counts) {
  std::string out;
  for (std::size_t i = 1; i < counts.size(); ++i) {
    if (counts[i] > 0) append_item(out, fmt::format("{} {}", result_words[i], grouped(counts[i])));
  }
  if (!out.empty()) append_item(line, fmt::format("{} {}", name, out), "; ");
}

std::string list_of(const std::vector<std::string>& items, std::size_t most, std::uint64_t all) {
  std::string out;
  for (std::size_t i = 0; i < items.size() && i < most; ++i)
    append_item(out, printable(items[i]));
  const std::uint64_t shown = std::min<std::uint64_t>(items.size(), most);
  if (all > shown) out += fmt::format(" and {} more", grouped(all - shown));
  return out;
}

std::string mail_of(const Sender& s) {
  std::string out = counted(s.messages, "message");
  if (s.days > 0) out += fmt::format(" on {}", counted(s.days, "day"));
  if (s.first && s.last) {
    const std::string from = format_date(*s.first);
    const std::string to = format_date(*s.last);
    out += from == to ? ", " + from : fmt::format(", {} to {}", from, to);
  }
  out += fmt::format(", to {}{}", s.recipients_is_estimate ? "about " : "",
                     counted(s.recipients, "recipient"));
  if (s.with_rejection.reject > 0) {
    out += fmt::format("; {} would be refused", grouped(s.with_rejection.reject));
  }
  if (s.with_rejection.undetermined > 0) {
    out += fmt::format("; {} may be", grouped(s.with_rejection.undetermined));
  }
  return out;
}

std::string lean_of(const Sender& s) {
  if (s.standing == Standing::open) return "may be either";
  return fmt::format(
      "looks {}, {:.0f} %, which nothing proves",
      s.looks == Looks::forged ? "forged" : fmt::format("legitimate ({})", name_of(s.kind)),
      100 * s.confidence);
}

// "@contoso.com" would stand for a whole domain.
bool has_all_paths(const Sender& s) noexcept {
  return !s.reverse_paths.empty() && s.reverse_path_count <= s.reverse_paths.size() &&
         std::none_of(s.reverse_paths.begin(), s.reverse_paths.end(),
                      [](const std::string& path) { return path.starts_with('@'); });
}

std::string entry_name(const Sender& s) {
  const std::string name(trim(printable(s.name)));
  return name.empty() ? "a sender without a name" : name;
}

// A service's certificate is what only a person can tell.
std::string certificate_hint(const Sender& s) {
  const bool is_service =
      s.likely_kind == Kind::online_service || s.likely_kind == Kind::signature_service;
  if (!is_service || s.addresses.empty() || !one_certificate_of(s.shapes).empty()) return {};
  const auto& connector = s.if_kept.connector;
  const std::string documented = connector ? connector->tls_sender_certificate_name : "";
  return documented.empty()
             ? "      the name in the certificate that it presents, if you know it: add "
               "certificate = \"mail.service.example\""
             : fmt::format(
                   "      if you know that it presents this certificate: add certificate = {}",
                   settings_file::toml_text(documented));
}

}  // namespace

std::uint64_t messages_at_risk(const Sender& sender) noexcept {
  return sender.with_rejection.reject + sender.with_rejection.undetermined;
}

std::vector<const Sender*> questions_of(const Report& report) {
  std::vector<const Sender*> out;
  for (const Sender& sender : report.senders) {
    const bool is_known = sender.standing == Standing::certain && sender.looks != Looks::unclear;
    if (!is_known && !sender.is_rest && messages_at_risk(sender) > 0) out.push_back(&sender);
  }
  std::stable_sort(out.begin(), out.end(), [](const Sender* a, const Sender* b) {
    return messages_at_risk(*a) > messages_at_risk(*b);
  });
  return out;
}

std::vector<std::string> facts_of(const Sender& s) {
  std::vector<std::string> out = {mail_of(s)};
  if (!s.reverse_paths.empty()) {
    out.push_back("as " + list_of(s.reverse_paths, 4, s.reverse_path_count));
  }
  if (!s.hostnames.empty()) out.push_back("names itself " + list_of(s.hostnames, 3, 0));
  if (!s.subjects.empty()) {
    out.push_back("subject \"" + printable(s.subjects.front()).substr(0, 120) + "\"");
  }
  std::string results;
  add_results(results, "SPF", s.spf);
  add_results(results, "SPF today", s.published_spf);
  add_results(results, "DKIM", s.dkim);
  add_results(results, "DMARC", s.dmarc);
  if (!results.empty()) out.push_back(std::move(results));
  std::string lean = lean_of(s);
  if (!s.reasons.empty()) lean += ": " + list_of(s.reasons, 3, 0);
  out.push_back(std::move(lean));
  if (!s.doubts.empty()) out.push_back("but " + list_of(s.doubts, 3, 0));
  if (!s.if_kept.what.empty()) {
    out.push_back(fmt::format("keep, {}: {}", if_it_is_yours(s), printable(s.if_kept.what)));
  }
  if (!s.if_kept.command.empty()) out.push_back("      " + printable(s.if_kept.command));
  if (std::string hint = certificate_hint(s); !hint.empty()) out.push_back(std::move(hint));
  return out;
}

bool can_be_asked(const Sender& sender) noexcept {
  return !sender.addresses.empty() || has_all_paths(sender);
}

bool is_about(const Pin& pin, const Sender& sender) noexcept {
  if (sender.addresses.empty()) return holds(pin, std::nullopt, sender.reverse_paths);
  return std::all_of(sender.addresses.begin(), sender.addresses.end(),
                     [&](IpAddress address) { return holds(pin, address, sender.reverse_paths); });
}

std::string question_entry(const Sender& s) {
  std::string out;
  for (const std::string& fact : facts_of(s))
    out += "#: " + printable(fact) + "\n";
  out += "[[sender]]\nname = " + settings_file::toml_text(entry_name(s)) + "\n";
  if (!s.addresses.empty()) {
    std::vector<std::string> addresses;
    for (const IpAddress address : s.addresses)
      addresses.push_back(address.text());
    for (const Shape& shape : s.shapes) {
      if (s.address_count > s.addresses.size() && shape.client_ip) {
        addresses.push_back(shape.client_ip->text());
      }
    }
    std::sort(addresses.begin(), addresses.end());
    addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
    out += "address = " + settings_file::toml_text(addresses) + "\n";
  }
  if (has_all_paths(s)) {
    out += "envelope_sender = " + settings_file::toml_text(s.reverse_paths) + "\n";
  }
  if (s.likely_kind != Kind::unknown) {
    out += "kind = " + settings_file::toml_text(std::string(name_of(s.likely_kind))) + "\n";
  }
  return out + "answer = \"?\"\n";
}

}  // namespace postern::impact
