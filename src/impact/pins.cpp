#include "impact/pins.hpp"

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <utility>

#include "base/ascii.hpp"
#include "policy/address_limit.hpp"
#include "policy/clouds.hpp"
#include "settings_file/layout.hpp"
#include "tenant/connector_limits.hpp"

namespace postern::impact {
namespace {

using settings_file::required;
using settings_file::words;

std::string read_kind(const settings_file::Value& value, Kind& into) {
  std::string name;
  if (std::string wrong = settings_file::read_words(value, name); !wrong.empty()) return wrong;
  const auto kind = parse_kind(name);
  if (!kind) return "no kind of sender is called '" + printable(name) + "'";
  into = *kind;
  return {};
}

struct AnswerWord {
  std::string_view word;
  Decision decision;
};
constexpr std::array<AnswerWord, 6> answer_words = {{{"?", Decision::unanswered},
                                                     {"", Decision::unanswered},
                                                     {"keep", Decision::keep},
                                                     {"refuse", Decision::refuse},
                                                     {"let it break", Decision::let_it_break},
                                                     {"break", Decision::let_it_break}}};

std::string read_answer(const settings_file::Value& value, Decision& into) {
  std::string given;
  if (std::string wrong = settings_file::read_text(value, given); !wrong.empty()) return wrong;
  const auto place =
      std::find_if(answer_words.begin(), answer_words.end(),
                   [&](const AnswerWord& each) { return iequals(each.word, trim(given)); });
  if (place == answer_words.end()) {
    return "'" + printable(given) + "' is no answer: write keep, refuse, let it break, or ?";
  }
  into = place->decision;
  return {};
}

settings_file::Access<Pin> kind_access() {
  return {
      [](const settings_file::Value& value, Pin& into) {
        into.kind_is_given = true;
        return read_kind(value, into.kind);
      },
      [](const Pin& from) { return std::optional(settings_file::toml_text(name_of(from.kind))); }};
}

const settings_file::Keys<Pin>& pin_keys() {
  static const std::string kinds = "one of: " + kind_names();
  static const settings_file::Keys<Pin> keys = {
      {"name", "text", required, "What reports call the sender.", words(&Pin::name)},
      {"address", "list of addresses and prefixes", "see envelope_sender",
       "Where it sends from. A name alone would vouch for whoever writes it.",
       settings_file::prefixes(&Pin::addresses)},
      {"envelope_sender", "list of addresses and \"@domain\"", "whatever it sends as",
       "Only mail whose envelope senders are all among these. Without an address: only mail whose "
       "address no evidence tells.",
       settings_file::texts(&Pin::envelope_senders)},
      {"answer", "one of: keep, refuse, let it break, ?", "what the kind says",
       "Whether it may be refused, see above. A ? changes nothing.",
       settings_file::member(&Pin::decision, read_answer,
                             [](Decision decision) {
                               return settings_file::toml_text(std::string(name_of(decision)));
                             })},
      {"kind", kinds, "required where there is no answer", "What it is, see above.", kind_access()},
      {"certificate", "name", "what the evidence records",
       "The name in the certificate that it presents to Exchange Online: mail.contoso.com or "
       "*.contoso.com. Where the evidence records none, its mail counts as coming with it.",
       words(&Pin::certificate)},
      {"owner", "text", "", "Who answers for it.", words(&Pin::owner)},
      {"note", "text", "", "Shown beside it.", words(&Pin::note)},
  };
  return keys;
}

using Pins = std::vector<Pin>;

const settings_file::Layout<Pins>& pin_layout() {
  static const settings_file::Layout<Pins> all{
      "see docs/senders.md",
      {settings_file::tables<Pins>(
          "sender", "One for each sender.", pin_keys(), [](auto& p) -> auto& { return p; })},
      nullptr};
  return all;
}

// Under which everybody registers: "com", "co.uk".
bool is_registry(std::string_view domain) {
  constexpr std::array<std::string_view, 10> second = {"ac",  "co",  "com", "edu", "gob",
                                                       "gov", "mil", "ne",  "net", "org"};
  const std::size_t dot = domain.find('.');
  if (dot == std::string_view::npos) return true;
  const std::string_view rest = domain.substr(dot + 1);
  return rest.size() == 2 &&
         std::find(second.begin(), second.end(), domain.substr(0, dot)) != second.end();
}

// A connector by that name would vouch for whoever has such a certificate.
bool is_nobodys_certificate(std::string_view name) {
  if (policy::is_exchange_online_certificate(name)) return true;
  return is_registry(name.starts_with("*.") ? name.substr(2) : name);
}

bool is_listed(const std::vector<std::string>& patterns, std::string_view sender) noexcept {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return pattern.starts_with('@') ? iends_with(sender, pattern) : iequals(sender, pattern);
  });
}

}  // namespace

std::string_view name_of(Decision decision) noexcept {
  static constexpr std::array<std::string_view, 5> names = {"", "?", "keep", "refuse",
                                                            "let it break"};
  return names[static_cast<std::size_t>(decision)];
}

Result<std::vector<Pin>> parse_pins(std::string_view toml, const std::string& file) {
  auto pins = pin_layout().parse(toml, file);
  if (!pins) return pins;
  for (Pin& pin : *pins) {
    const std::string who = "the pin '" + printable(pin.name) + "'";
    if (pin.addresses.empty() && pin.envelope_senders.empty()) {
      return fail(who + " has no address", pin.where,
                  "add address = [\"…\"]: a name alone would vouch for whoever writes it");
    }
    if (!pin.kind_is_given && pin.decision == Decision::none) {
      return fail(who + " has neither kind nor answer", pin.where,
                  "add answer = \"keep\", \"refuse\" or \"let it break\"");
    }
    const bool is_kept = pin.decision == Decision::keep || pin.decision == Decision::let_it_break;
    if (is_kept && pin.kind == Kind::attack) {
      return fail(who + " is an attack and is kept: one of them is wrong", pin.where,
                  "change kind, or answer \"refuse\"");
    }
    if (pin.certificate.empty()) continue;
    pin.certificate = to_lower(pin.certificate);
    if (!tenant::is_certificate_name(pin.certificate)) {
      return fail(who + " has a certificate that is no name", pin.where,
                  "write it like mail.contoso.com or *.contoso.com");
    }
    if (is_nobodys_certificate(pin.certificate)) {
      return fail(who + " has a certificate that many others present too", pin.where,
                  "name the service's own: not Exchange Online's, no name of one label, and no "
                  "wildcard for a whole registry");
    }
    if (pin.addresses.empty()) {
      return fail(who + " has a certificate and no address", pin.where,
                  "add address = [\"…\"]: whose mail comes with it must be known");
    }
  }
  return pins;
}

std::string describe_pin_keys() {
  return pin_layout().describe("sender");
}

bool holds(const Pin& pin, std::optional<IpAddress> address,
           const std::vector<std::string>& envelope_senders) noexcept {
  const bool from_there =
      address ? std::any_of(pin.addresses.begin(), pin.addresses.end(),
                            [&](const Prefix& prefix) { return prefix.contains(*address); })
              : pin.addresses.empty() && !envelope_senders.empty();
  return from_there && (pin.envelope_senders.empty() ||
                        std::all_of(envelope_senders.begin(), envelope_senders.end(),
                                    [&](const std::string& sender) {
                                      return is_listed(pin.envelope_senders, sender);
                                    }));
}

Decision outcome_of(const Pin& pin) noexcept {
  if (pin.decision != Decision::none) return pin.decision;
  return pin.kind == Kind::attack    ? Decision::refuse
         : pin.kind == Kind::unknown ? Decision::unanswered
                                     : Decision::keep;
}

bool is_too_wide(const Prefix& prefix) {
  constexpr unsigned widest_v6 = 48;  // what one site has
  return prefix.is_v4() ? !policy::address_limit(prefix).what.empty() : prefix.length() < widest_v6;
}

namespace {

bool is_too_wide_a_pin(const Pin& pin) {
  return std::any_of(pin.addresses.begin(), pin.addresses.end(), is_too_wide);
}

struct Exactness {
  unsigned prefix_length = 0;
  bool names_senders = false;
  bool refuses = false;
  // clang-tidy 14 takes the 0 that such a comparison is held against for a pointer.
  friend auto operator<=>(const Exactness&,
                          const Exactness&) = default;  // NOLINT(modernize-use-nullptr)
};

Exactness exactness_of(const Pin& pin, std::optional<IpAddress> address) {
  Exactness out{0, !pin.envelope_senders.empty(), outcome_of(pin) == Decision::refuse};
  if (!address) return out;
  for (const Prefix& prefix : pin.addresses) {
    if (prefix.contains(*address)) out.prefix_length = std::max(out.prefix_length, prefix.length());
  }
  return out;
}

}  // namespace

const Pin* find_pin(const std::vector<Pin>& pins, std::optional<IpAddress> address,
                    const std::vector<std::string>& envelope_senders) {
  const Pin* found = nullptr;
  Exactness most;
  for (const Pin& pin : pins) {
    if (pin.decision == Decision::unanswered || !holds(pin, address, envelope_senders)) continue;
    if (is_too_wide_a_pin(pin)) continue;
    const Exactness exactness = exactness_of(pin, address);
    if (found != nullptr && exactness <= most) continue;
    found = &pin;
    most = exactness;
  }
  return found;
}

}  // namespace postern::impact
