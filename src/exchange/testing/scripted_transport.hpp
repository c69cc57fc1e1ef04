// What the room's tests share: a transport that answers from a list and remembers what it was sent,
// and surroundings whose time passes by sleeping.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/base64.hpp"
#include "exchange/claims.hpp"
#include "exchange/http.hpp"

namespace postern::exchange::testing {

struct Sent {
  std::string url;
  std::string body;
  std::string bearer;
  std::vector<Header> headers;
  [[nodiscard]] std::string header(std::string_view name) const {
    for (const Header& each : headers) {
      if (each.name == name) return each.value;
    }
    return {};
  }
};

class Script final : public Transport {
 public:
  std::vector<Sent> sent;

  Script& then(int status, std::string body, std::vector<Header> headers = {}) {
    answers_.push_back(Response{status, std::move(headers), std::move(body), false});
    return *this;
  }
  Script& then(Response response) {
    answers_.push_back(std::move(response));
    return *this;
  }
  Script& then_fails(bool nothing_sent, bool lasting = false) {
    answers_.push_back(tl::unexpected(
        SendFailure{Error{"broke off", "host", "try again"}, nothing_sent, lasting}));
    return *this;
  }
  tl::expected<Response, SendFailure> send(const Request& request) override {
    sent.push_back({request.url, request.body.reveal(), request.bearer.reveal(), request.headers});
    if (answers_.empty()) return Response{599, {}, "the script has ended", false};
    auto answer = std::move(answers_.front());
    answers_.pop_front();
    return answer;
  }

 private:
  std::deque<tl::expected<Response, SendFailure>> answers_;
};

struct Stage {
  UnixTime now = 1'790'000'000;
  double chance = 0.0;
  std::vector<std::int64_t> slept;  // milliseconds
  std::map<std::string, std::string> variables;
  std::vector<std::string> said;

  Surroundings surroundings() {
    Surroundings out;
    out.now = [this] { return now; };
    out.sleep = [this](std::chrono::milliseconds time) {
      slept.push_back(time.count());
      now += (time.count() + 999) / 1000;
    };
    out.random = [this] { return chance; };
    out.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      if (found == variables.end()) return std::nullopt;
      return found->second;
    };
    out.ask = [](const std::string& question) -> Result<Secret> {
      return fail("nobody is there", question);
    };
    out.say = [this](const std::string& line) { said.push_back(line); };
    return out;
  }
};

inline std::string token_of(const std::string& payload) {
  return encode_base64url(R"({"alg":"none"})") + "." + encode_base64url(payload) + ".c2ln";
}

}  // namespace postern::exchange::testing
