// Whatever a mail host replies, it has one meaning, and only a 550 with the right status or words is
// taken for a proof.
#include "fuzz.hpp"
#include "probe/conclude.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace postern;
  if (size == 0) return 0;
  const auto stage = static_cast<smtp::Stage>(bytes[0] % 12);
  std::string_view input(reinterpret_cast<const char*>(bytes + 1), size - 1);
  smtp::ReplyParser parser;
  std::vector<probe::Observation> list;
  while (const auto reply = parser.next(input)) {
    probe::Observation o;
    o.envelope.question = static_cast<probe::Question>(list.size() % probe::question_count);
    o.answered = true;
    o.stage = stage;
    o.reply = *reply;
    o.meaning = probe::meaning_of(stage, *reply);
    const bool proof = o.meaning == probe::Meaning::direct_send_refused ||
                       o.meaning == probe::Meaning::locked_down;
    if (proof && !reply->permanent()) __builtin_trap();
    if (o.meaning == probe::Meaning::accepted && (reply->transient() || reply->permanent())) {
      __builtin_trap();
    }
    if (probe::describe(o.meaning).empty()) __builtin_trap();
    list.push_back(std::move(o));
    if (list.size() == probe::question_count) break;
  }
  const probe::Conclusion conclusion = probe::conclude(list, true, true);
  if (conclusion.direct_send_refused.because.empty()) __builtin_trap();
  return 0;
}
