#include "impact/movers.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "base/ascii.hpp"
#include "impact/proof_of_sender.hpp"
#include "impact/unit_pin.hpp"

namespace postern::impact {
namespace {

constexpr std::size_t fewest_addresses = 3;
constexpr std::uint64_t fewest_days = 5;  // what campaigns do not last
constexpr std::int64_t shortest_span = 7;
constexpr int widest_hours = 12;  // a working day, wherever it is

// "Scan 2026-10-01 #17" of every day is one subject.
std::string shape_of(const std::string& subject) {
  std::string out;
  for (const char c : to_lower(subject)) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit) {
      out += c;
    } else if (out.empty() || out.back() != '#') {
      out += '#';
    }
  }
  return out;
}

// Hours of the day from the first to the last, where the day is cut at its longest pause.
int hours_between(std::uint32_t hours) {
  int longest_pause = 0;
  for (int first = 0; first < 24; ++first) {
    int pause = 0;
    while (pause < 24 && (hours >> ((first + pause) % 24) & 1) == 0)
      ++pause;
    longest_pause = std::max(longest_pause, pause);
  }
  return 24 - longest_pause;
}

std::size_t most_frequent(const ResultCounts& counts) {
  return static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
}

// Addresses that the domain's owner lists are a service's, which takes turns with them.
bool is_listed(const Unit& unit) {
  const auto passes = [&](const ResultCounts& counts) {
    return counts[static_cast<std::size_t>(evidence::AuthResult::pass)] * 2 > unit.messages;
  };
  return passes(unit.spf) || passes(unit.published_spf);
}

bool may_be_one_of_several(const Unit& unit, const Context& context) {
  return unit.addresses.size() == 1 && unit.address_count == 1 && unit.first && unit.last &&
         unit.reverse_paths.count() == 1 && unit.proved == 0 && !is_listed(unit) &&
         unit.connectors.empty() && unit.service == no_service &&
         !is_own_network(unit.addresses, context);
}

std::string key_of(const Unit& unit, const Context& context) {
  std::string key = to_lower(unit.path_samples.top(1).front());
  for (const std::string& subject : unit.subjects.top(1))
    key += '\n' + shape_of(subject);
  key += '\n';
  for (const ResultCounts* counts : {&unit.spf, &unit.dkim})
    key += static_cast<char>('a' + most_frequent(*counts));
  if (const Pin* pin = pin_of(unit, context.pins)) key += '\n' + pin->where.text();
  return key;
}

// Whether the units, in the order of their first messages, can be one device with one address at a
// time.
bool is_one_device(const std::vector<const Unit*>& units) {
  if (units.size() < fewest_addresses) return false;
  Unit all;
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (i > 0 && *units[i]->first < *units[i - 1]->last) return false;
    all.merge(*units[i]);
  }
  return all.days.count() >= fewest_days && all.days.span() >= shortest_span &&
         hours_between(all.hours) <= widest_hours && all.recipients.count() * 2 <= all.messages;
}

}  // namespace

std::vector<Unit> join_movers(std::vector<Unit> units, const Context& context) {
  std::map<std::string, std::vector<std::size_t>> alike;
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (may_be_one_of_several(units[i], context)) alike[key_of(units[i], context)].push_back(i);
  }
  for (auto& [key, places] : alike) {
    std::sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
      return std::pair(*units[a].first, units[a].addresses.front()) <
             std::pair(*units[b].first, units[b].addresses.front());
    });
    std::vector<const Unit*> candidates;
    for (const std::size_t place : places)
      candidates.push_back(&units[place]);
    if (!is_one_device(candidates)) continue;
    Unit& one = units[places.front()];
    for (std::size_t i = 1; i < places.size(); ++i) {
      one.merge(units[places[i]]);
      units[places[i]].messages = 0;
    }
    one.moves = true;
  }
  std::erase_if(units, [](const Unit& unit) { return unit.messages == 0; });
  return units;
}

}  // namespace postern::impact
