// Whatever a mail host replies, it has one meaning, and only a permanent refusal is taken for a
// proof that something is refused.
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz.hpp"
#include "probe/conclude.hpp"

namespace postern::fuzz {

void run(std::string_view input) {
  using probe::Meaning;
  if (input.empty()) return;
  const auto stage = static_cast<smtp::Stage>(static_cast<unsigned char>(input.front()) % 12);
  input.remove_prefix(1);
  smtp::ReplyParser parser;
  std::vector<probe::Observation> list;
  while (list.size() < probe::question_count) {
    const auto reply = parser.next(input);
    if (!reply) break;
    probe::Observation o;
    o.envelope.question = static_cast<probe::Question>(list.size());
    o.answered = true;
    o.stage = stage;
    o.reply = *reply;
    o.meaning = probe::meaning_of(stage, *reply);
    const bool refusal = reply->transient() || reply->permanent();
    require(reply->permanent() ||
                (o.meaning != Meaning::direct_send_refused && o.meaning != Meaning::locked_down),
            "only a permanent refusal proves one");
    require(o.meaning != Meaning::accepted || !refusal, "a refusal is not accepted");
    require(!probe::describe(o.meaning).empty(), "every meaning has words");
    list.push_back(std::move(o));
  }
  const probe::Conclusion conclusion = probe::conclude(list, true, true);
  require(!conclusion.direct_send_refused.because.empty(), "every answer has a reason");
  require((conclusion.locked_down.answer == probe::Answer::inconclusive) ==
              !conclusion.locked_down.would_prove.empty(),
          "what is inconclusive says what would prove it");
}

}  // namespace postern::fuzz
