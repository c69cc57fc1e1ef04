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

// "{}" stands for the messages.
std::string words_of(const policy::Submission& submission, const policy::InboundConnector* given) {
  const std::string rule = given == nullptr ? std::string{} : printable(given->name);
  if (submission.observed.state == State::default_connector) {
    return fmt::format("no connector matched {{}} that '{}' should take", rule);
  }
  const std::string recorded = printable(submission.observed.connector);
  return given == nullptr
             ? fmt::format("connector '{}' took {{}} that no connector should take", recorded)
             : fmt::format("connector '{}' took {{}} that '{}' should take", recorded, rule);
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

void RecordedAttribution::add(const std::vector<Shape>& shapes) {
  const policy::Policy& own = readings_.chosen();
  for (const Shape& shape : shapes) {
    if (shape.observed == State::unknown) continue;
    shape.with_submission([&](const policy::Submission& submission) {
      lessons_.add(submission, shape.messages);
      const policy::Attribution by_rule = policy::attribution_of(own, submission);
      if (by_rule.fits != policy::Known::no) return;
      const policy::InboundConnector* given =
          by_rule.connector == policy::no_connector ? nullptr : &own.connector(by_rule.connector);
      contradicted_[words_of(submission, given)] += shape.messages;
    });
  }
}

policy::Readings RecordedAttribution::learn(Report& report) const {
  policy::Readings learnt = lessons_.learnt();
  for (const policy::Lessons::Lesson& lesson : lessons_.lessons()) {
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
  for (const auto& [words, messages] : contradicted_) {
    report.contradictions.push_back("your evidence says that " +
                                    fmt::format(fmt::runtime(words), counted(messages, "message")));
  }
  return learnt;
}

}  // namespace postern::impact
