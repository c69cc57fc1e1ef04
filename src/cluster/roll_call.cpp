#include "cluster/roll_call.hpp"

#include <nlohmann/json.hpp>

namespace postern::cluster {

std::string state_key(std::string_view gate) {
  return std::string("state.").append(gate);
}

std::string write_state(const GateState& state) {
  return nlohmann::json{{"gate", state.gate},         {"version", state.version},
                        {"revision", state.revision}, {"tenants", state.tenants},
                        {"when", state.when},         {"waiting", state.waiting},
                        {"faults", state.faults}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<GateState> read_state(std::string_view bytes) {
  const auto json = nlohmann::json::parse(bytes, nullptr, false);
  GateState state;
  try {
    json.at("gate").get_to(state.gate);
    json.at("version").get_to(state.version);
    json.at("revision").get_to(state.revision);
    json.at("tenants").get_to(state.tenants);
    json.at("when").get_to(state.when);
    json.at("waiting").get_to(state.waiting);
    json.at("faults").get_to(state.faults);
  } catch (const nlohmann::json::exception&) {
    return fail("is no state of a gate", "gate/state");
  }
  return state;
}

}  // namespace postern::cluster
