#include "impact/spf_questions.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace postern::impact {
namespace {

using evidence::AuthResult;

bool is_no_answer(AuthResult result) {
  return result == AuthResult::unknown || result == AuthResult::temp_error ||
         result == AuthResult::perm_error;
}

}  // namespace

void SpfQuestions::note(Unit& unit, const evidence::Message& m, std::string_view domain,
                        bool is_repeated) {
  if (!m.submission.client_ip || domain.empty()) return;
  const IpAddress address = *m.submission.client_ip;
  auto& open = unit.open_spf;
  auto pair = std::find_if(open.begin(), open.end(), [&](const OpenSpf& each) {
    return each.address == address && each.domain == domain;
  });
  const bool is_told = m.results.spf != AuthResult::unknown;
  // A mail that was verified has its own answer; others of the pair may still want one.
  const bool is_open = !is_told && !is_repeated && m.results.published_spf == AuthResult::unknown;
  if (pair == open.end()) {
    if (open.size() == most_pairs) {
      crowded_ += is_open ? m.count : 0;
      return;
    }
    pair = open.insert(open.end(), OpenSpf{});
    pair->address = address;
    pair->domain = domain;
  }
  pair->is_told = pair->is_told || is_told;
  if (!is_open) return;
  const bool is_uncertain = m.reverse_path_uncertain ||
                            m.submission.reverse_path.state != policy::ReversePath::State::address;
  if (pair->mail_from.empty()) pair->mail_from = m.reverse_path.empty() ? domain : m.reverse_path;
  pair->messages += m.count;
  pair->uncertain += is_uncertain ? m.count : 0;
}

void SpfQuestions::ask(std::vector<Unit>& units, const PublishedSpf& published_spf,
                       std::size_t most) {
  std::vector<std::pair<Unit*, const OpenSpf*>> open;
  for (Unit& unit : units) {
    // What a connector admits does not hang on who it is.
    if (unit.with_rejection.accept == unit.messages) continue;
    for (const OpenSpf& pair : unit.open_spf) {
      if (!pair.is_told && pair.messages > 0) open.emplace_back(&unit, &pair);
    }
  }
  std::stable_sort(open.begin(), open.end(), [](const auto& a, const auto& b) {
    return a.second->messages > b.second->messages;
  });
  left_out_ = open.size() - std::min(open.size(), most);
  open.resize(open.size() - left_out_);
  if (open.empty()) return;
  std::vector<SpfQuestion> questions;
  questions.reserve(open.size());
  for (const auto& [unit, pair] : open)
    questions.push_back({pair->address, pair->domain, pair->mail_from});
  const std::vector<AuthResult> answers = published_spf(questions);
  asked_ = questions.size();
  for (std::size_t i = 0; i < open.size(); ++i) {
    const auto& [unit, pair] = open[i];
    unit->published_spf[static_cast<std::size_t>(answers[i])] += pair->messages;
    unanswered_ += is_no_answer(answers[i]) ? 1 : 0;
    uncertain_ += pair->uncertain;
  }
}

std::vector<std::string> SpfQuestions::remarks() const {
  std::vector<std::string> out;
  if (asked_ > 0) {
    out.push_back(fmt::format(
        "SPF of {} source{} (address and sender domain) was looked up now: it tells what the "
        "domains publish today, not when the mail came",
        asked_, asked_ == 1 ? "" : "s"));
  }
  if (uncertain_ > 0) {
    out.push_back(
        fmt::format("SPF was looked up for the sender address of {} messages, which may be that of "
                    "the From field: the envelope sender is not recorded",
                    uncertain_));
  }
  if (unanswered_ > 0) {
    out.push_back(
        fmt::format("there is no usable answer about {} of them, from DNS or for a faulty record: "
                    "run again, or name a resolver with --resolver",
                    unanswered_));
  }
  if (left_out_ > 0) {
    out.push_back(fmt::format(
        "SPF of {} further source(s) was not looked up, those with least mail", left_out_));
  }
  if (crowded_ > 0) {
    out.push_back(fmt::format(
        "SPF of {} messages was not looked up: their sources send as more than {} domains or from "
        "more addresses of one network",
        crowded_, most_pairs));
  }
  return out;
}

}  // namespace postern::impact
