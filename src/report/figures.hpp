// The one place where the numbers of a report come from: headline, lead, bars, counters, groups and
// the summaries of the machine formats read them here and count nothing themselves.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "impact/impact.hpp"
#include "plan/plan.hpp"

namespace postern::report {

/// What a sender is, and how sure.
enum class Side : std::uint8_t { yours, let_break, looks_yours, either, looks_forged, forged };
constexpr std::size_t sides = 6;
/// What becomes of a message.
enum class Course : std::uint8_t { accepted, if_certificate, cant_tell, refused };
constexpr std::size_t courses = 4;

/// What a part of a bar is to the reader: colour means this, never the verb.
enum class Tone : std::uint8_t { good, ask, bad, calm };
Tone tone_of(Side, Course) noexcept;
/// "yours, refused", "forged, through the door".
std::string_view name_of(Side, Course) noexcept;

/// All of one sender's messages by what becomes of them.
using Courses = std::array<std::uint64_t, courses>;

/// All messages by sender's side and course; every message is in one cell.
class Bar {
 public:
  void add(Side side, const Courses& messages);
  [[nodiscard]] const impact::Pile& at(Side side, Course course) const noexcept {
    return cells_[static_cast<std::size_t>(side)][static_cast<std::size_t>(course)];
  }
  /// Messages over all cells: the same for every bar of one report.
  [[nodiscard]] std::uint64_t total() const noexcept;

 private:
  std::array<std::array<impact::Pile, courses>, sides> cells_{};
};

/// The groups that senders are listed in, by what to do about them; each sender is in one.
enum class Group : std::uint8_t {
  let_in,       ///< forged or unproved, and the plan's connectors admit it
  lost,         ///< yours, and refused (with a plan: under it)
  cant_tell,    ///< yours, and the evidence does not tell, or a choice decides
  looks_yours,  ///< questions
  either,
  conditional,   ///< yours, accepted if a certificate is presented
  saved,         ///< yours, refused by the switch alone, accepted under the plan
  looks_forged,  ///< questions too
  let_break,     ///< yours, refused, and the administrator lets it
  stopped,       ///< forged, refused
  unaffected,    ///< accepted with the switch too
};
constexpr std::size_t groups = 11;

/// A sender of a report, with what becomes of its mail.
struct Judged {
  std::size_t index = 0;  ///< into the report
  Side side = Side::either;
  Group group = Group::unaffected;
  Courses now{}, switched{};
  std::optional<Courses> planned;
};

class Figures {
 public:
  /// `proof` is that of a plan over the same report; null, or one without outcomes: no plan.
  Figures(const impact::Report&, const plan::Proof* proof);

  [[nodiscard]] const Bar& today() const noexcept { return today_; }
  [[nodiscard]] const Bar& switched() const noexcept { return switched_; }
  /// Null where there is no plan.
  [[nodiscard]] const Bar* planned() const noexcept { return planned_ ? &*planned_ : nullptr; }
  /// The bar that the report ends with: the plan's, or the switch's.
  [[nodiscard]] const Bar& last() const noexcept { return planned_ ? *planned_ : switched_; }
  [[nodiscard]] const impact::Pile& of(Group group) const noexcept {
    return piles_[static_cast<std::size_t>(group)];
  }
  /// Senders of a group, most messages first, then as in the report.
  [[nodiscard]] std::span<const Judged> members(Group group) const noexcept;
  [[nodiscard]] std::span<const Judged> all() const noexcept { return judged_; }
  [[nodiscard]] std::uint64_t messages() const noexcept { return today_.total(); }
  /// Where messages that are forged, or look so, went; indexed by evidence::Delivery.
  [[nodiscard]] const std::array<std::uint64_t, 6>& delivery_of_forged() const noexcept {
    return delivery_;
  }

 private:
  std::vector<Judged> judged_;  ///< group by group
  std::array<std::size_t, groups + 1> begins_{};
  std::array<impact::Pile, groups> piles_{};  ///< all messages of their senders
  std::array<std::uint64_t, 6> delivery_{};
  Bar today_, switched_;
  std::optional<Bar> planned_;
};

Side side_of(const impact::Sender&) noexcept;

}  // namespace postern::report
