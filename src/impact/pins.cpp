#include "impact/pins.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "settings_file/layout.hpp"

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

const settings_file::Keys<Pin>& pin_keys() {
  static const std::string kinds = "one of: " + kind_names();
  static const settings_file::Keys<Pin> keys = {
      {"name", "text", required, "What reports call the sender.", words(&Pin::name)},
      {"address", "list of addresses and prefixes", "at least one",
       "Where it sends from. A name alone would vouch for whoever writes it.",
       settings_file::prefixes(&Pin::addresses)},
      {"envelope_sender", "list of addresses and \"@domain\"", "whatever it sends as",
       "Only mail whose envelope senders are all among these.",
       settings_file::texts(&Pin::envelope_senders)},
      {"kind", kinds, required, "What it is, see above.",
       settings_file::member(&Pin::kind, read_kind,
                             [](Kind kind) { return settings_file::toml_text(name_of(kind)); })},
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

bool is_listed(const std::vector<std::string>& patterns, std::string_view sender) noexcept {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return pattern.starts_with('@') ? iends_with(sender, pattern) : iequals(sender, pattern);
  });
}

}  // namespace

Result<std::vector<Pin>> parse_pins(std::string_view toml, const std::string& file) {
  auto pins = pin_layout().parse(toml, file);
  if (!pins) return pins;
  for (const Pin& pin : *pins) {
    if (pin.addresses.empty()) {
      return fail("the pin '" + printable(pin.name) + "' has no address", pin.where,
                  "add address = [\"…\"]: a name alone would vouch for whoever writes it");
    }
  }
  return pins;
}

std::string describe_pin_keys() {
  return pin_layout().describe("sender");
}

const Pin* find_pin(const std::vector<Pin>& pins, IpAddress address,
                    const std::vector<std::string>& envelope_senders) noexcept {
  for (const Pin& pin : pins) {
    const bool holds = std::any_of(pin.addresses.begin(), pin.addresses.end(),
                                   [&](const Prefix& prefix) { return prefix.contains(address); });
    if (!holds) continue;
    const bool sends = pin.envelope_senders.empty() ||
                       std::all_of(envelope_senders.begin(), envelope_senders.end(),
                                   [&](const std::string& sender) {
                                     return is_listed(pin.envelope_senders, sender);
                                   });
    if (sends) return &pin;
  }
  return nullptr;
}

}  // namespace postern::impact
