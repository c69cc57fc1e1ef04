// Messages whose SPF result no evidence tells, as questions about what is published now: each pair
// of address and domain once, however many messages it has. Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/message.hpp"
#include "impact/unit.hpp"

namespace postern::impact {

class SpfQuestions {
 public:
  /// Pairs kept of one unit; messages of further ones stay unknown, and a remark says so.
  static constexpr std::size_t most_pairs = 16;

  /// `domain` is that of the envelope sender, or of the From field where that is not known.
  /// `is_repeated` where the message was counted before, from another source of evidence.
  void note(Unit& unit, const evidence::Message& message, std::string_view domain,
            bool is_repeated);
  /// Asks about the units that the switch may concern, at most `most` questions, those with most
  /// mail first, and adds the answers to the units.
  void ask(std::vector<Unit>& units, const PublishedSpf& published_spf, std::size_t most);
  [[nodiscard]] std::vector<std::string> remarks() const;

 private:
  std::uint64_t asked_ = 0, unanswered_ = 0, left_out_ = 0;  // questions
  std::uint64_t crowded_ = 0, uncertain_ = 0;                // messages
};

}  // namespace postern::impact
