#include "cluster/rollout.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace postern::cluster {
namespace {

using Json = nlohmann::json;
constexpr const char* newest = "latest";

Json revision_json(std::uint64_t revision) {
  return revision == Rollout::latest ? Json(newest) : Json(revision);
}

bool read_revision(const Json& json, const char* key, std::uint64_t& into) {
  const auto found = json.find(key);
  if (found == json.end()) return true;
  if (found->is_number_unsigned()) {
    into = found->get<std::uint64_t>();
    return true;
  }
  if (!found->is_string() || found->get<std::string>() != newest) return false;
  into = Rollout::latest;
  return true;
}

}  // namespace

std::uint64_t Rollout::limit_for(std::string_view gate) const noexcept {
  const bool is_canary =
      std::find(canary_gates.begin(), canary_gates.end(), gate) != canary_gates.end();
  return is_canary ? std::max(stable, canary) : stable;
}

bool Rollout::means(std::uint64_t removal, std::string_view incarnation) const noexcept {
  return confirmed_in == incarnation &&
         (removal <= confirmed || std::find(meant.begin(), meant.end(), removal) != meant.end());
}

void Rollout::confirm(std::uint64_t up_to, const std::string& incarnation) {
  if (confirmed_in != incarnation) meant.clear();
  confirmed = up_to;
  confirmed_in = incarnation;
  std::erase_if(meant, [&](std::uint64_t each) { return each <= confirmed; });
}

void Rollout::mean(std::uint64_t removal, const std::string& incarnation) {
  // A gate that was away for longer than so many removals asks for a confirmation of the oldest.
  constexpr std::size_t most = 2000;
  if (confirmed_in != incarnation) confirm(0, incarnation);
  meant.push_back(removal);
  if (meant.size() > most) meant.erase(meant.begin());
}

std::string write_rollout(const Rollout& rollout) {
  return Json{{"stable", revision_json(rollout.stable)},
              {"canary", revision_json(rollout.canary)},
              {"canary_gates", rollout.canary_gates},
              {"confirmed", rollout.confirmed},
              {"meant", rollout.meant},
              {"confirmed_in", rollout.confirmed_in}}
      .dump();
}

Result<Rollout> read_rollout(std::string_view bytes) {
  const auto json = Json::parse(bytes, nullptr, false);
  Rollout rollout;
  bool good = json.is_object() && read_revision(json, "stable", rollout.stable) &&
              read_revision(json, "canary", rollout.canary) &&
              read_revision(json, "confirmed", rollout.confirmed);
  if (good && json.contains("canary_gates")) {
    good = json["canary_gates"].is_array();
    for (const Json& gate : json["canary_gates"]) {
      if (gate.is_string()) rollout.canary_gates.push_back(gate.get<std::string>());
    }
  }
  if (good && json.contains("meant")) {
    good = json["meant"].is_array();
    for (const Json& removal : json["meant"]) {
      if (removal.is_number_unsigned()) rollout.meant.push_back(removal.get<std::uint64_t>());
    }
  }
  if (good && json.contains("confirmed_in") && json["confirmed_in"].is_string()) {
    rollout.confirmed_in = json["confirmed_in"].get<std::string>();
  }
  if (!good) return fail("is no plan of a rollout", "rollout/plan", "set it again");
  return rollout;
}

}  // namespace postern::cluster
