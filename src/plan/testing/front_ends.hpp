// A tenant behind several front ends, each of which hears of a change so many seconds after it was
// made and answers in turn. It refuses what Exchange refuses. For tests alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "plan/testing/bench.hpp"
#include "tenant/connector_limits.hpp"

namespace postern::plan::testing {

class FrontEnds final : public exchange::AdminInterface {
 public:
  /// How a front end takes a write: into the directory at once, or only as far as it knows the
  /// object itself: not found where it has not heard of a connector, and nothing to change where
  /// it believes that all is so already.
  enum class Writes : std::uint8_t { at_once, as_known };

  FrontEnds(const policy::Tenant& tenant, Clock& clock, std::vector<int> lags,
            Writes writes = Writes::at_once)
      : clock_(clock), lags_(std::move(lags)), writes_(writes) {
    Json state = tenant_json(tenant);
    for (Json& each : state["InboundConnector"])
      if (!each.contains("Guid")) each["Guid"] = next_guid();
    history_.emplace_back(-1'000'000, std::move(state));
  }

  Result<exchange::Answer> invoke(std::string_view cmdlet, std::string_view parameters) override {
    ++calls;
    names.emplace_back(cmdlet);
    if (before) {
      if (auto error = before(calls, cmdlet)) return tl::unexpected(*error);
    }
    clock_.ms += 120;
    const std::size_t front = (turn ? turn() : next_[std::string(cmdlet)]++) % lags_.size();
    auto out = run(cmdlet, Json::parse(parameters), seen_by(lags_[front]));
    if (after) {
      if (auto error = after(calls, cmdlet)) return tl::unexpected(*error);
    }
    return out;
  }
  [[nodiscard]] std::string name() const override { return "live:contoso"; }

  /// The tenant as it really is, and is seen everywhere some time later.
  [[nodiscard]] policy::Tenant tenant() const {
    return *read_tenant(history_.back().second, "all");
  }
  /// Somebody else changes it.
  void edit(const std::function<void(Json&)>& change) {
    Json state = history_.back().second;
    change(state);
    history_.emplace_back(clock_.ms, std::move(state));
  }
  /// Everybody has heard of everything.
  void come_to_rest() { history_.erase(history_.begin(), history_.end() - 1); }
  [[nodiscard]] int count(std::string_view cmdlet) const {
    int out = 0;
    for (const std::string& each : names)
      out += each == cmdlet ? 1 : 0;
    return out;
  }

  int calls = 0;
  std::vector<std::string> names;
  std::function<std::optional<Error>(int, std::string_view)> before, after;
  /// Which front end is next; in turn where not set.
  std::function<std::size_t()> turn;
  std::vector<std::string> warnings_of_new;
  bool creates_disabled = false;

 private:
  [[nodiscard]] const Json& seen_by(int lag) const {
    const std::int64_t until = clock_.ms - std::int64_t{lag} * 1000;
    for (std::size_t i = history_.size(); i-- > 1;)
      if (history_[i].first <= until) return history_[i].second;
    return history_.front().second;
  }
  std::string next_guid() { return fmt::format("00000000-0000-4000-8000-{:012d}", ++guids_); }
  static Json* find(Json& state, const Json& parameters) {
    const auto wanted = parameters.value("Identity", parameters.value("Name", std::string()));
    for (Json& each : state["InboundConnector"])
      if (each["Name"] == wanted || each["Guid"] == wanted) return &each;
    return nullptr;
  }
  static tl::unexpected<Error> not_there() {
    return fail("not found (404): the object couldn't be found", "live:contoso");
  }

  Result<exchange::Answer> run(std::string_view cmdlet, const Json& parameters, const Json& seen) {
    exchange::Answer out;
    if (cmdlet.starts_with("Get-")) {
      const Json& part = seen.at(std::string(cmdlet.substr(4)));
      out.objects = part.is_array() ? part.dump() : Json::array({part}).dump();
      return out;
    }
    Json known = seen;
    Json state = history_.back().second;
    Json& believed = writes_ == Writes::at_once ? state : known;
    if (cmdlet == "Set-OrganizationConfig") {
      Json& organisation = believed["OrganizationConfig"];
      if (writes_ == Writes::as_known && same(organisation, parameters)) return out;
      state["OrganizationConfig"].update(parameters);
    } else if (cmdlet == "New-InboundConnector") {
      if (find(state, parameters) != nullptr) {
        return fail("the inbound connector already exists", "live:contoso");
      }
      if (auto refused = create(state, parameters, out); !refused) {
        return tl::unexpected(refused.error());
      }
    } else if (cmdlet == "Set-InboundConnector" || cmdlet == "Remove-InboundConnector") {
      const Json* there = find(believed, parameters);
      Json* really = find(state, parameters);
      if (there == nullptr || really == nullptr) return not_there();
      if (cmdlet == "Remove-InboundConnector") {
        auto& list = state["InboundConnector"];
        list.erase(static_cast<std::size_t>(really - &list.front()));
      } else if (writes_ == Writes::at_once || !same(*there, parameters)) {
        const Json was = *really;
        really->update(parameters);
        really->erase("Identity");
        if (auto refused = judge(state, *really, &was); !refused) {
          return tl::unexpected(refused.error());
        }
      }
    } else {
      return fail("no such cmdlet", std::string(cmdlet));
    }
    history_.emplace_back(clock_.ms, std::move(state));
    return out;
  }

  static bool same(const Json& object, const Json& parameters) {
    for (const auto& [key, value] : parameters.items())
      if (key != "Identity" && object.value(key, Json()) != value) return false;
    return true;
  }

  Result<void> create(Json& state, const Json& parameters, exchange::Answer& out) {
    Json made = connector_json({});
    made["RequireTls"] = parameters.value("ConnectorType", "") == "Partner";
    made.update(parameters);
    made["Guid"] = next_guid();
    if (creates_disabled) made["Enabled"] = false;
    if (auto refused = judge(state, made, nullptr); !refused) return refused;
    state["InboundConnector"].push_back(made);
    out.objects = Json::array({made}).dump();
    out.warnings = warnings_of_new;
    return {};
  }

  static Result<void> judge(const Json& state, const Json& connector, const Json* was) {
    policy::Tenant others = *read_tenant(state, "all");
    const auto made = read_connector(connector, "new");
    if (!made) return tl::unexpected(made.error());
    const policy::InboundConnector* before =
        was == nullptr ? nullptr : find_connector(others, *made);
    const auto faults = tenant::refused_by_exchange(*made, others, before);
    if (faults.empty()) return {};
    return tl::unexpected(faults.front());
  }

  Clock& clock_;
  std::vector<int> lags_;  // seconds
  Writes writes_;
  std::vector<std::pair<std::int64_t, Json>> history_;  // since when, the first for ever
  std::map<std::string, std::size_t> next_;  // of each cmdlet, so that each meets every front end
  int guids_ = 0;
};

}  // namespace postern::plan::testing
