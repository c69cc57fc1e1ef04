// The answer to one clause of the rule, and how answers combine where more than one has a say.
#pragma once

#include <algorithm>
#include <cstdint>

#include "policy/policy.hpp"

namespace postern::policy {

using Answer = Step::Answer;

/// A clause's answer. Unknown names the facts that it lacked; yes and unknown name the connector
/// that it hangs on, where there is one.
struct Guard {
  Answer answer = Answer::no;
  Fact missing = Fact::none;
  std::uint32_t connector = no_connector;
  Note notes = Note::none;

  static Guard unknown(Fact fact, std::uint32_t connector = no_connector) noexcept {
    return {Answer::unknown, fact, connector, Note::none};
  }
  static Guard of(bool yes) noexcept { return {yes ? Answer::yes : Answer::no}; }
  static Guard observed(std::uint32_t connector) noexcept {
    return {Answer::yes, Fact::none, connector, Note::observed};
  }
};

/// Adds one more candidate that is unknown. Of several connectors of one tenant the first is named,
/// in the order of the settings.
inline void merge(Guard& into, const Guard& other) noexcept {
  if (into.answer == Answer::no) {
    into = other;
  } else {
    into.missing |= other.missing;
    into.connector = std::min(into.connector, other.connector);
  }
}

/// Likewise of several tenants, which are asked in their order: the numbers of connectors need not
/// follow it.
inline void merge_next(Guard& into, const Guard& other) noexcept {
  const std::uint32_t first = into.connector;
  merge(into, other);
  if (first != no_connector) into.connector = first;
}

inline Guard either(const Guard& a, const Guard& b) noexcept {
  if (a.answer == Answer::yes) return a;
  if (b.answer == Answer::yes) return b;
  if (a.answer == Answer::no) return b;
  Guard both = a;
  merge(both, b);
  return both;
}

inline Guard both(const Guard& a, const Guard& b) noexcept {
  if (a.answer == Answer::no) return a;
  if (b.answer == Answer::no) return b;
  Guard out = a.answer == Answer::unknown ? a : b;
  out.missing = a.missing | b.missing;
  out.notes = a.notes | b.notes;
  return out;
}

}  // namespace postern::policy
