#include "policy/lessons.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace postern::policy {
namespace {

constexpr unsigned choice_count = 6;

void take_value(Choice choice, Choices& into, const Choices& from) {
  switch (choice) {
    case Choice::onmicrosoft_senders:
      into.onmicrosoft_senders = from.onmicrosoft_senders;
      return;
    case Choice::partner_address_match:
      into.partner_address_match = from.partner_address_match;
      return;
    case Choice::connector_match:
      into.connector_match = from.connector_match;
      return;
    case Choice::associated_domains:
      into.associated_domains = from.associated_domains;
      return;
    case Choice::acs_exempt:
      into.acs_exempt = from.acs_exempt;
      return;
    case Choice::onpremises_recipient_match:
      into.onpremises_recipient_match = from.onpremises_recipient_match;
      return;
    case Choice::none:
      return;
  }
}

}  // namespace

const Lessons::Value* Lessons::Lesson::settled() const noexcept {
  const Value* found = nullptr;
  for (const Value& value : values) {
    if (value.contradict == 0) {
      if (found != nullptr) return nullptr;
      found = &value;
    } else if (value.contradict < enough) {
      return nullptr;
    }
  }
  return found;
}

Lessons::Lessons(const Readings& readings) : readings_(readings) {
  for (unsigned bit = 0; bit < choice_count; ++bit) {
    const auto choice = static_cast<Choice>(1u << bit);
    if (!has(readings.open(), choice)) continue;
    Lesson lesson;
    lesson.choice = choice;
    for (const Choices& choices : values_of(choice, readings.tenant().choices))
      lesson.values.push_back({choices, 0, 0});
    lessons_.push_back(std::move(lesson));
  }
}

void Lessons::add(const Submission& submission, std::uint64_t messages) {
  if (submission.observed.state == ObservedAttribution::State::unknown || lessons_.empty()) return;
  std::vector<Known> fits;
  for (const Readings::Combination& each : readings_.combinations())
    fits.push_back(attribution_of(each.policy, submission).fits);
  for (Lesson& lesson : lessons_) {
    std::vector<bool> value_fits;
    for (const Value& value : lesson.values) {
      bool any = false;
      for (std::size_t i = 0; i < fits.size(); ++i) {
        const bool of_value =
            agree_on(lesson.choice, readings_.combinations()[i].choices, value.choices);
        any = any || (of_value && fits[i] != Known::no);
      }
      value_fits.push_back(any);
    }
    const auto fitting = std::count(value_fits.begin(), value_fits.end(), true);
    if (fitting == 0 || fitting == static_cast<std::ptrdiff_t>(value_fits.size())) continue;
    for (std::size_t i = 0; i < value_fits.size(); ++i)
      (value_fits[i] ? lesson.values[i].agree : lesson.values[i].contradict) += messages;
  }
}

Readings Lessons::learnt() const {
  Tenant tenant = readings_.tenant();
  Choice settled = readings_.settled();
  for (const Lesson& lesson : lessons_) {
    const Value* value = lesson.settled();
    if (value == nullptr) continue;
    take_value(lesson.choice, tenant.choices, value->choices);
    settled |= lesson.choice;
  }
  // What compiled with other choices compiles with these.
  return *Readings::of(tenant, settled);
}

}  // namespace postern::policy
