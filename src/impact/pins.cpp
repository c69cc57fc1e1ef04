#include "impact/pins.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "base/toml_fields.hpp"

namespace postern::impact {
namespace {

constexpr const char* manual = "see docs/senders.md";

bool is_listed(const std::vector<std::string>& patterns, std::string_view sender) noexcept {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return pattern.starts_with('@') ? iends_with(sender, pattern) : iequals(sender, pattern);
  });
}

}  // namespace

Result<std::vector<Pin>> parse_pins(std::string_view toml, const std::string& file) {
  using Pins = std::vector<Pin>;
  return toml_fields::with_toml<Pins>(
      toml, file, manual, [&](const toml::table& root) -> Result<Pins> {
        toml_fields::Fields top(root, file, manual);
        top.allow("sender");
        if (auto done = top.finish(); !done) return tl::unexpected(done.error());
        Pins pins;
        Result<void> fault;
        const auto note = [&](Error error) {
          if (fault) fault = tl::unexpected(std::move(error));
        };
        const auto done =
            toml_fields::read_list(root, "sender", file, manual, pins, [&](toml_fields::Fields& f) {
              Pin pin;
              pin.where = f.where();
              pin.name = f.take("name", true);
              pin.owner = f.take("owner");
              pin.note = f.take("note");
              pin.envelope_senders = f.take_list("envelope_sender");
              for (const std::string& text : f.take_list("address")) {
                auto prefix = Prefix::parse(text);
                if (prefix) {
                  pin.addresses.push_back(*prefix);
                } else {
                  note({prefix.error().what, pin.where, "write an address or a prefix"});
                }
              }
              const std::string kind = f.take("kind", true);
              if (const auto known = parse_kind(kind)) {
                pin.kind = *known;
              } else {
                note({"no kind of sender is called '" + printable(kind) + "'", pin.where,
                      "one of: " + kind_names()});
              }
              if (pin.addresses.empty()) {
                note({"the pin '" + printable(pin.name) + "' has no address", pin.where,
                      "add address = [\"…\"]: a name alone would vouch for whoever writes it"});
              }
              return pin;
            });
        if (!done) return tl::unexpected(done.error());
        if (!fault) return tl::unexpected(fault.error());
        return pins;
      });
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
