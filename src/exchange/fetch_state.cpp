#include "exchange/fetch_state.hpp"

#include <cstddef>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "files/whole_file.hpp"

namespace postern::exchange {
namespace {

using Json = nlohmann::json;

std::string state_path(const std::string& folder) {
  return folder + "/.postern-fetch.json";
}

FetchState from_json(const Json& json) {
  FetchState state;
  state.source = json.at("source");
  state.tenant = json.at("tenant");
  state.since = json.at("since");
  state.until = json.at("until");
  state.at = json.at("at");
  state.page = json.at("page");
  if (!json.at("point").is_null()) {
    state.point = TracePoint{json.at("point").at("received"), json.at("point").at("recipient")};
  }
  state.details_each = json.at("details_each");
  state.details_done = json.at("details_done");
  state.detail_files = json.at("detail_files");
  state.rows = json.at("rows");
  state.details = json.at("details");
  state.files = json.at("files");
  state.requests = json.at("requests").get<std::deque<UnixTime>>();
  state.finished = json.at("finished");
  return state;
}

}  // namespace

Result<void> keep_file(const std::string& path, std::string_view text) {
  // Evidence names people: for its owner alone.
  auto written = files::write_whole(path, text, files::Access::owner);
  if (!written) {
    written.error().remedy =
        "make room or name another folder; the same command goes on where it stopped";
  }
  return written;
}

Result<std::string> kept_file(const std::string& path) {
  constexpr std::size_t most = 1u << 30;  // far more than a page of any answer
  return files::read_whole(path, most);
}

namespace {

Result<std::optional<FetchState>> state_at(const std::string& path) {
  if (::access(path.c_str(), F_OK) != 0) return std::optional<FetchState>();
  const auto text = kept_file(path);
  if (!text) return tl::unexpected(text.error());
  const Json json = Json::parse(*text, nullptr, false);
  try {
    if (json.is_object() && json.at("schema") == "postern/fetch-state/1") {
      return std::optional<FetchState>(from_json(json));
    }
  } catch (const Json::exception&) {
    // Told below.
  }
  return fail("is no state of a fetch", path, "fetch into another folder");
}

}  // namespace

Result<std::optional<FetchState>> read_state(const std::string& folder) {
  const std::string path = state_path(folder);
  files::remove_leftovers(path);
  return state_at(path);
}

std::optional<Error> unfinished_fetch(const std::string& folder) {
  const std::string path = state_path(folder);
  const auto state = state_at(path);
  if (!state) return state.error();
  if (!*state || (*state)->finished) return std::nullopt;
  return Error{fmt::format("the fetch of {} is not finished: {} to {} is missing, or a part of it",
                           printable((*state)->tenant), format_date((*state)->at),
                           format_date((*state)->until)),
               path, "postern evidence fetch goes on where it stopped"};
}

Result<void> write_state(const std::string& folder, const FetchState& state) {
  Json point = nullptr;
  if (state.point) {
    point = {{"received", state.point->received}, {"recipient", state.point->recipient}};
  }
  const Json json = {{"schema", "postern/fetch-state/1"},
                     {"source", state.source},
                     {"tenant", state.tenant},
                     {"since", state.since},
                     {"until", state.until},
                     {"at", state.at},
                     {"page", state.page},
                     {"point", std::move(point)},
                     {"details_each", state.details_each},
                     {"details_done", state.details_done},
                     {"detail_files", state.detail_files},
                     {"rows", state.rows},
                     {"details", state.details},
                     {"files", state.files},
                     {"requests", state.requests},
                     {"finished", state.finished}};
  return keep_file(state_path(folder),
                   json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace postern::exchange
