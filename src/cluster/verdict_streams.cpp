#include "cluster/verdict_streams.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cluster/jetstream_request.hpp"
#include "cluster/json_member.hpp"

namespace postern::cluster {
namespace {

using Json = nlohmann::json;

std::string stream_name(unsigned number) {
  return fmt::format("VERDICT_{:02}", number);
}

// Every n-th part; all of them have one name for one stream.
std::vector<std::string> subjects_of(unsigned stream, unsigned streams) {
  if (streams == 1) return {"verdict.>"};
  std::vector<std::string> out;
  for (unsigned part = stream; part < verdict_parts; part += streams)
    out.push_back(fmt::format("verdict.{:02}.>", part));
  return out;
}

Json config_of(unsigned stream, const VerdictStreamOptions& options) {
  const auto nanoseconds = [](auto time) { return std::chrono::nanoseconds(time).count(); };
  return {{"name", stream_name(stream)},
          {"subjects", subjects_of(stream, options.streams)},
          {"retention", "limits"},
          {"storage", "file"},
          {"discard", "old"},
          {"num_replicas", options.replicas},
          {"max_age", nanoseconds(options.age)},
          {"max_bytes", options.bytes},
          {"max_msgs", -1},
          {"max_consumers", -1},
          {"max_msgs_per_subject", -1},
          {"duplicate_window", nanoseconds(options.duplicates)},
          // Nobody but age and bounds takes a verdict away.
          {"deny_delete", true},
          {"deny_purge", true}};
}

constexpr int stream_is_there = 10058;  // as of server/errors.json

Result<void> make_one(Connection& connection, unsigned stream,
                      const VerdictStreamOptions& options) {
  const std::string name = stream_name(stream);
  const std::string config = config_of(stream, options).dump();
  auto made = request(connection, "$JS.API.STREAM.CREATE." + name, config, patience);
  if (made && made->code == stream_is_there) {
    made = request(connection, "$JS.API.STREAM.UPDATE." + name, config, patience);
  }
  if (!made) return tl::unexpected(made.error());
  if (made->code != 0) {
    return fail(fmt::format("stream {} can't be made ({})", name, made->why), connection.address(),
                "sign in as a user who may ($JS.API.>); as many servers as replicas must be up");
  }
  return {};
}

}  // namespace

Result<void> make_verdict_streams(Connection& connection, const VerdictStreamOptions& options) {
  const auto there = verdict_streams(connection, {});
  if (!there) return tl::unexpected(there.error());
  if (!there->empty() && there->size() != options.streams) {
    return fail(fmt::format("has {} verdict streams already, and {} are asked for", there->size(),
                            options.streams),
                connection.address(), "give their number; verdicts do not move between streams");
  }
  for (unsigned stream = 0; stream < options.streams; ++stream) {
    if (auto made = make_one(connection, stream, options); !made) return made;
  }
  return {};
}

Result<std::vector<std::string>> verdict_streams(Connection& connection, std::string_view tenant) {
  std::vector<std::string> out;
  for (;;) {
    const Json question{{"offset", out.size()}, {"subject", verdict_filter(tenant)}};
    const auto answer = request(connection, "$JS.API.STREAM.NAMES", question.dump(), patience);
    if (!answer) return tl::unexpected(answer.error());
    if (answer->code != 0) return fail(answer->why, connection.address());
    const Json page = Json::parse(answer->body);
    const auto names = page.find("streams");
    if (names == page.end() || !names->is_array() || names->empty()) break;
    for (const Json& each : *names) {
      if (each.is_string()) out.push_back(each.get<std::string>());
    }
    if (out.size() >= count_in(page, "total")) break;
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace postern::cluster
