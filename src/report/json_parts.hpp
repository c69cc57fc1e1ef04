// Parts that several JSON documents share. Internal to the room: the library's header is heavy.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "policy/verdict.hpp"

namespace postern::report {

using Json = nlohmann::ordered_json;

/// Names of the missing facts.
inline Json json_facts(policy::Fact missing) {
  Json out = Json::array();
  for (const std::string_view name : policy::names_of(missing))
    out.push_back(std::string(name));
  return out;
}

/// A sentence for each note.
inline Json json_notes(policy::Note notes) {
  Json out = Json::array();
  for (const std::string_view text : policy::sentences_of(notes))
    out.push_back(std::string(text));
  return out;
}

/// What is no UTF-8 is replaced, not refused: mail holds anything. What a terminal would obey is
/// escaped.
inline std::string document_text(const Json& document) {
  return escape_unprintable_json(document.dump(2, ' ', false, Json::error_handler_t::replace)) +
         "\n";
}

/// The same on one line, without its end.
inline std::string line_text(const Json& document) {
  return escape_unprintable_json(document.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace postern::report
