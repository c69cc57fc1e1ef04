#include "cluster/jetstream_request.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "cluster/json_member.hpp"
#include "cluster/nats.hpp"

namespace postern::cluster {

Result<ApiAnswer> request(Connection& connection, const std::string& subject,
                          const std::string& body, std::chrono::milliseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  natsStatus status = NATS_TIMEOUT;
  do {
    natsMsg* made = nullptr;
    const auto began = std::chrono::steady_clock::now();
    status = natsConnection_Request(&made, connection.handle().connection, subject.c_str(),
                                    body.data(), static_cast<int>(body.size()), answer_time);
    const NatsMessage message(made);
    if (status == NATS_OK) {
      ApiAnswer answer;
      answer.body.assign(natsMsg_GetData(made),
                         static_cast<std::size_t>(natsMsg_GetDataLength(made)));
      const auto object = nlohmann::json::parse(answer.body, nullptr, false);
      if (!object.is_object()) {
        return fail(subject + " is answered with no JSON", connection.address());
      }
      const auto error = object.find("error");
      if (error != object.end() && error->is_object()) {
        const std::uint64_t code = count_in(*error, "err_code");
        answer.code = code > 0 && code < 1'000'000 ? static_cast<int>(code) : -1;
        answer.why = printable(text_in(*error, "description", "no reason given"));
      }
      return answer;
    }
    if (!connection.alive()) break;
    // "No responders" comes at once.
    std::this_thread::sleep_until(began + std::chrono::milliseconds(250));
  } while (std::chrono::steady_clock::now() < until);
  Error error = nats_error(status, fmt::format("{} is not answered", subject), connection);
  error.remedy = "is JetStream on, with most servers up, and may this user ask for it?";
  return tl::unexpected(std::move(error));
}

}  // namespace postern::cluster
