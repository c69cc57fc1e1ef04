#include "impact/to_do.hpp"

#include <fmt/format.h>

namespace postern::impact {

std::string ToDo::what_alone() const {
  return if_yours ? "Find its owner first; " + what : what;
}

std::string ToDo::command_alone() const {
  return command.empty() || !if_yours ? command : command + "  # if it is yours";
}

ToDo to_do_about(const Sender& sender) {
  if (sender.standing == Standing::certain || sender.if_kept.what.empty()) {
    return {sender.remedy.what, sender.remedy.command, risk_alone(sender.remedy), false};
  }
  const Remedy& kept = sender.if_kept;
  return {fmt::format("{}: {}", if_it_is_yours(sender), kept.what), kept.command, risk_alone(kept),
          true};
}

std::string if_it_is_yours(const Sender& sender) {
  return fmt::format("if it is yours ({})", name_of(sender.likely_kind));
}

}  // namespace postern::impact
