#include "difference/words.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/domain.hpp"
#include "base/join.hpp"

namespace postern::difference {
namespace {

constexpr std::size_t most_named = 8;

std::vector<bool> parts_in(const Grouping& grouping, const Bits& classes) {
  std::vector<bool> out(grouping.class_of.size());
  for (std::size_t part = 0; part < out.size(); ++part)
    out[part] = classes.test(grouping.class_of[part]);
  return out;
}

// "contoso.com and below", "below contoso.com": of the chosen parts.
std::vector<std::string> names_of(const NameAtoms& atoms, const std::vector<bool>& chosen) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < atoms.size(); ++i) {
    if (!chosen[i]) continue;
    const std::string shown = display_domain(atoms[i].name);
    switch (atoms[i].kind) {
      case NameAtoms::Kind::other:
        break;
      case NameAtoms::Kind::below:
        out.push_back("below " + shown);
        break;
      case NameAtoms::Kind::exact: {
        const bool below =
            i + 1 < atoms.size() && chosen[i + 1] && atoms[i + 1].kind == NameAtoms::Kind::below;
        out.push_back(below ? shown + " and below" : shown);
        if (below) ++i;
        break;
      }
    }
  }
  return out;
}

std::string listed(const std::vector<std::string>& items) {
  if (items.size() <= most_named) return joined(items);
  const std::vector<std::string> first(items.begin(), items.begin() + most_named);
  return joined(first) + fmt::format(" and {} more", items.size() - most_named);
}

void add(Words& words, const std::string& text, const std::vector<std::string>& named) {
  if (!words.text.empty()) words.text += " or ";
  words.text += text;
  words.named.insert(words.named.end(), named.begin(), named.end());
}

/// Says which of a group of parts are in: all of it by its name, else what is shorter.
void add_group(Words& words, const NameAtoms& atoms, const std::vector<bool>& in,
               const std::vector<bool>& group, std::string_view name, std::string_view rest) {
  std::vector<bool> inside(atoms.size());
  std::vector<bool> outside(atoms.size());
  for (std::size_t i = 0; i < atoms.size(); ++i) {
    inside[i] = group[i] && in[i];
    outside[i] = group[i] && !in[i];
  }
  const auto any = [](const std::vector<bool>& set) {
    return std::find(set.begin(), set.end(), true) != set.end();
  };
  if (!any(inside)) return;
  if (!any(outside)) return add(words, std::string(name), {});
  std::vector<std::string> named = names_of(atoms, inside);
  const std::vector<std::string> left_out = names_of(atoms, outside);
  const bool other_in = group[NameAtoms::other] && inside[NameAtoms::other];
  const bool other_out = group[NameAtoms::other] && !other_in;
  if (other_in || (!other_out && left_out.size() < named.size())) {
    return add(words, fmt::format("{} but {}", name, listed(left_out)), left_out);
  }
  if (named.empty()) named.emplace_back(rest);
  add(words, listed(named), named);
}

// --- addresses ---

struct Range {
  uint128 first, last;
};

/// The ranges in or out of a set, neighbours joined; IPv4 and IPv6 stay apart.
std::vector<Range> ranges_of(const AddressAtoms& addresses, const Bits& classes, bool wanted) {
  std::vector<Range> out;
  bool v4 = false;
  for (const AddressAtoms::Interval& interval : addresses.intervals()) {
    if (classes.test(interval.of_class) != wanted) continue;
    const bool joins =
        !out.empty() && out.back().last + 1 == interval.first.key() && v4 == interval.first.is_v4();
    v4 = interval.first.is_v4();
    if (joins) {
      out.back().last = interval.last.key();
    } else {
      out.push_back({interval.first.key(), interval.last.key()});
    }
  }
  return out;
}

/// As address blocks, the widest that fit one after the other.
std::vector<std::string> blocks_of(const std::vector<Range>& ranges) {
  std::vector<std::string> out;
  for (Range range : ranges) {
    const IpAddress first = IpAddress::from_key(range.first);
    const unsigned width = first.is_v4() ? 32 : 128;
    while (true) {
      unsigned host_bits = 0;
      while (host_bits < width) {
        const uint128 size = host_bits + 1 == 128 ? 0 : uint128{1} << (host_bits + 1);
        const bool aligned = (range.first & (size - 1)) == 0;
        if (!aligned || range.last - range.first < size - 1) break;
        ++host_bits;
      }
      out.push_back(Prefix(IpAddress::from_key(range.first), width - host_bits).text());
      const uint128 last = range.first + ((uint128{1} << (host_bits & 127)) - 1);
      if (host_bits == 128 || last >= range.last) break;
      range.first = last + 1;
    }
  }
  return out;
}

}  // namespace

std::string Where::text() const {
  std::string out = fmt::format("from {} to {}", senders.everything ? "anybody" : senders.text,
                                recipients.everything ? "anybody" : recipients.text);
  out += ", " + (addresses.everything ? std::string("any address") : addresses.text);
  if (!sessions.everything) out += ", " + sessions.text;
  return out;
}

Wording::Wording(const Space& space, const Classes& classes, const Pair& pair)
    : space_(space), classes_(classes) {
  for (const NameAtoms::Atom& atom : space.domains.all()) {
    yours_.push_back(pair[0]->owner_of(atom.representative) != policy::no_tenant &&
                     pair[1]->owner_of(atom.representative) != policy::no_tenant);
  }
}

Where Wording::where(const Box& box) const {
  return {senders(box[by_sender]), recipients(box[by_recipient]), addresses(box[by_address]),
          sessions(box[by_session])};
}

bool Wording::any_foreign(const Grouping& grouping, const Bits& classes) const {
  const std::vector<bool> in = parts_in(grouping, classes);
  for (std::size_t i = 0; i < yours_.size(); ++i) {
    if (in[i] && !yours_[i]) return true;
  }
  return false;
}

Words Wording::senders(const Bits& classes) const {
  Words out;
  const std::vector<bool> in = parts_in(classes_.senders, classes);
  out.everything = std::find(in.begin(), in.end(), false) == in.end();
  if (out.everything) return out;
  std::vector<bool> others = yours_;
  others.flip();
  add_group(out, space_.domains, in, yours_, "your domains", "your domains");
  add_group(out, space_.domains, in, others, "others' domains", "any other domain");
  if (in[space_.null_sender()]) add(out, "<>", {"<>"});
  return out;
}

Words Wording::recipients(const Bits& classes) const {
  Words out;
  const std::vector<bool> in = parts_in(classes_.recipients, classes);
  out.everything = std::find(in.begin(), in.end(), false) == in.end();
  if (out.everything) return out;
  std::vector<bool> others = yours_;
  others.flip();
  add_group(out, space_.domains, in, yours_, "your domains", "your domains");
  add_group(out, space_.domains, in, others, "others' domains (relay)", "any other domain (relay)");
  return out;
}

Words Wording::addresses(const Bits& classes) const {
  Words out;
  const std::vector<Range> outside = ranges_of(space_.addresses, classes, false);
  out.everything = outside.empty();
  if (out.everything) return out;
  out.named = blocks_of(ranges_of(space_.addresses, classes, true));
  std::vector<std::string> left_out = blocks_of(outside);
  if (left_out.size() < out.named.size()) {
    out.named = std::move(left_out);
    out.text = "any address but " + listed(out.named);
  } else {
    out.text = listed(out.named);
  }
  return out;
}

Words Wording::sessions(const Bits& classes) const {
  Words out;
  const std::vector<bool> in = parts_in(classes_.sessions, classes);
  out.everything = std::find(in.begin(), in.end(), false) == in.end();
  if (out.everything) return out;
  const bool clear = in[Space::without_tls];
  const bool plain = in[Space::with_tls];
  // The names of certificates start where plain TLS stands.
  std::vector<bool> names(in.begin() + 1, in.end());
  const bool every_name = std::find(names.begin(), names.end(), false) == names.end();
  const std::vector<std::string> named = names_of(space_.certificates, names);
  names.flip();
  const std::vector<std::string> missing = names_of(space_.certificates, names);
  if (plain) {
    if (!clear) add(out, "with TLS", {});
    if (every_name) return out;
    out.text += std::string(clear ? "" : ", ") + "without a certificate for " + listed(missing);
    out.named = missing;
    return out;
  }
  if (clear) add(out, "without TLS", {});
  if (!named.empty()) add(out, "with a certificate for " + listed(named), named);
  return out;
}

}  // namespace postern::difference
