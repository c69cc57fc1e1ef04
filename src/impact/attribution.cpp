#include "impact/attribution.hpp"

#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/numbers.hpp"
#include "tenant/write.hpp"

namespace postern::impact {
namespace {

using State = policy::ObservedAttribution::State;

// What is said before and after the messages. `counts`: the recorded connector is in force, and was
// followed.
std::pair<std::string, std::string> words_of(const policy::Submission& submission,
                                             const policy::InboundConnector* given, bool counts) {
  const std::string rule = given == nullptr ? std::string{} : printable(given->name);
  if (submission.observed.state == State::default_connector) {
    return {"no connector matched ",
            fmt::format(" that '{}' should take; the evidence was taken", rule)};
  }
  const std::string recorded = printable(submission.observed.connector);
  const std::string should =
      given == nullptr ? "no connector should take" : fmt::format("'{}' should take", rule);
  const std::string took = fmt::format("connector '{}' took ", recorded);
  if (!counts) return {took, " that it does not take as the settings are; the settings were taken"};
  return {took, fmt::format(" that {}; the evidence was taken", should)};
}

std::string value_of(policy::Choice choice, const policy::Choices& choices, std::string& key) {
  for (const std::string_view name : policy::keys_of(choice))
    key = name;
  for (const tenant::ChoiceInForce& each : tenant::choices_in_force(choices)) {
    if (each.key == key) return each.value;
  }
  return {};
}

}  // namespace

void Contradictions::add(const std::vector<Shape>& shapes) {
  for (const Shape& shape : shapes) {
    if (shape.observed == State::unknown) continue;
    shape.with_recorded([&](const policy::Submission& submission) {
      const policy::Attribution by_rule = policy::attribution_of(policy_, submission);
      if (by_rule.fits != policy::Known::no) return;
      const policy::InboundConnector* given = by_rule.connector == policy::no_connector
                                                  ? nullptr
                                                  : &policy_.connector(by_rule.connector);
      const policy::Verdict verdict = policy::decide(policy_, submission);
      const bool counts =
          verdict.connector != policy::no_connector &&
          iequals(policy_.connector(verdict.connector).name, submission.observed.connector);
      messages_[words_of(submission, given, counts)] += shape.messages;
    });
  }
}

std::vector<std::string> Contradictions::sentences() const {
  std::vector<std::string> out;
  for (const auto& [words, messages] : messages_) {
    out.push_back("your evidence says that " + words.first + counted(messages, "message") +
                  words.second);
  }
  return out;
}

void RecordedAttribution::add(const std::vector<Shape>& shapes) {
  contradictions_.add(shapes);
  for (const Shape& shape : shapes) {
    if (shape.observed == State::unknown) continue;
    attributed_ += shape.messages;
    shape.with_recorded(
        [&](const policy::Submission& submission) { lessons_.add(submission, shape.messages); });
  }
}

ChoiceTally RecordedAttribution::tally_of(const policy::Lessons::Lesson& lesson) const {
  ChoiceTally out;
  for (const policy::Lessons::Value& value : lesson.values) {
    if (&value == lesson.settled()) out.settled = out.values.size();
    ChoiceTally::Value& told = out.values.emplace_back();
    told.value = value_of(lesson.choice, value.choices, out.key);
    told.agree = value.agree;
    told.contradict = value.contradict;
    told.is_the_tenants =
        policy::agree_on(lesson.choice, value.choices, readings_.tenant().choices);
  }
  return out;
}

policy::Readings RecordedAttribution::learn(Report& report) const {
  policy::Readings learnt = lessons_.learnt();
  report.attributed = attributed_;
  for (const policy::Lessons::Lesson& lesson : lessons_.lessons()) {
    report.tallies.push_back(tally_of(lesson));
    const policy::Lessons::Value* value = lesson.settled();
    if (value == nullptr) continue;
    LearntChoice& out = report.learnt.emplace_back();
    out.choice = lesson.choice;
    out.value = value_of(lesson.choice, value->choices, out.key);
    out.messages = value->agree;
    out.is_the_tenants =
        policy::agree_on(lesson.choice, value->choices, readings_.tenant().choices);
  }
  report.choices = learnt.tenant().choices;
  report.settled = learnt.settled();
  report.contradictions = contradictions_.sentences();
  return learnt;
}

}  // namespace postern::impact
