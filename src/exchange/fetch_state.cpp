#include "exchange/fetch_state.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

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

Result<std::optional<FetchState>> read_state(const std::string& folder) {
  const std::string path = state_path(folder);
  if (::access(path.c_str(), F_OK) != 0) return std::optional<FetchState>();
  const auto text = read_whole(path);
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
  return write_whole(state_path(folder),
                     json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

Result<void> write_whole(const std::string& path, std::string_view text) {
  const std::string beside = path + ".part";
  // Evidence names people: for its owner alone.
  const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool fine = file >= 0;
  while (fine && !text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    fine = written > 0;
    if (fine) text.remove_prefix(static_cast<std::size_t>(written));
  }
  fine = fine && ::fsync(file) == 0;
  const int error = errno;
  if (file >= 0) ::close(file);
  if (fine && ::rename(beside.c_str(), path.c_str()) == 0) return {};
  const std::string reason = std::strerror(fine ? errno : error);
  ::unlink(beside.c_str());
  return fail(fmt::format("can't be written ({})", reason), path,
              "make room or name another folder; the same command goes on where it stopped");
}

Result<std::string> read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(fmt::format("can't be read ({})", std::strerror(errno)), path);
  return std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace postern::exchange
