#include "cluster/verdict_sink.hpp"

#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <random>
#include <set>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "cluster/backoff.hpp"
#include "cluster/connection.hpp"
#include "cluster/json_member.hpp"
#include "cluster/nats.hpp"
#include "cluster/verdict_streams.hpp"

namespace postern::cluster {
namespace {

using gate::SinkAnswer;
using Clock = std::chrono::steady_clock;

constexpr const char* id_field = "Nats-Msg-Id";

// What the library's threads leave for the publisher's.
struct Answers {
  std::mutex mutex;
  std::condition_variable arrived;
  std::vector<SinkAnswer> waiting;
  bool over = false;  // no callback comes any more
};

// The row that a reply is for: the last token of its subject.
std::int64_t row_of_subject(std::string_view subject) {
  std::int64_t row = 0;
  const std::string_view token = subject.substr(subject.rfind('.') + 1);
  std::from_chars(token.data(), token.data() + token.size(), row);
  return row;
}

// A stream acknowledges with {"stream":…,"seq":…}; whatever else is said, it is not stored.
SinkAnswer answer_of(natsMsg* message) {
  SinkAnswer answer;
  answer.row = row_of_subject(natsMsg_GetSubject(message));
  if (natsMsg_IsNoResponders(message)) {
    answer.why = "no stream takes verdicts now";
    return answer;
  }
  const std::string_view text(natsMsg_GetData(message),
                              static_cast<std::size_t>(natsMsg_GetDataLength(message)));
  const auto said = nlohmann::json::parse(text, nullptr, false);
  if (!said.is_object()) {
    answer.why = "an answer that is none of a stream's";
    return answer;
  }
  const auto error = said.find("error");
  const auto sequence = said.find("seq");
  answer.stored = error == said.end() && said.contains("stream") && sequence != said.end() &&
                  sequence->is_number_unsigned() && sequence->get<std::uint64_t>() > 0;
  if (answer.stored) return answer;
  answer.why = error != said.end() && error->is_object()
                   ? printable(text_in(*error, "description", "refused"))
                   : "refused";
  return answer;
}

void on_answer(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
  auto& answers = *static_cast<Answers*>(closure);
  SinkAnswer answer = answer_of(message);
  natsMsg_Destroy(message);
  const std::lock_guard lock(answers.mutex);
  answers.waiting.push_back(std::move(answer));
  answers.arrived.notify_one();
}

void on_over(void* closure) {
  auto& answers = *static_cast<Answers*>(closure);
  const std::lock_guard lock(answers.mutex);
  answers.over = true;
  answers.arrived.notify_one();
}

// One connection with the subscription that its answers come by.
class Line {
 public:
  static Result<std::unique_ptr<Line>> open(const gate::ClusterSettings& settings,
                                            const std::string& gate) {
    auto connection = Connection::open(settings, "postern gate " + gate);
    if (!connection) return tl::unexpected(connection.error());
    std::unique_ptr<Line> line(new Line(std::move(*connection)));
    natsInbox* inbox = nullptr;
    natsStatus status = natsInbox_Create(&inbox);
    if (status == NATS_OK) {
      // The library's own begin with _INBOX., whatever the user's prefix is.
      const std::string_view unique = inbox;
      line->replies_ =
          settings.inbox_prefix + ".verdict." + std::string(unique.substr(unique.rfind('.') + 1));
      natsInbox_Destroy(inbox);
    }
    natsSubscription* made = nullptr;
    if (status == NATS_OK) {
      status =
          natsConnection_Subscribe(&made, line->connection_->handle().connection,
                                   (line->replies_ + ".*").c_str(), &on_answer, &line->answers_);
      line->subscription_.reset(made);
    }
    if (status == NATS_OK) {
      status = natsSubscription_SetOnCompleteCB(made, &on_over, &line->answers_);
      line->told_of_end_ = status == NATS_OK;
    }
    if (status == NATS_OK) status = natsSubscription_SetPendingLimits(made, -1, -1);
    if (status != NATS_OK) {
      return tl::unexpected(nats_error(status, "can't be listened to", *line->connection_));
    }
    return line;
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  // Not before the last callback is over.
  ~Line() {
    if (!subscription_) return;
    (void)natsSubscription_Unsubscribe(subscription_.get());
    natsConnection_Close(connection_->handle().connection);
    std::unique_lock lock(answers_.mutex);
    while (told_of_end_ && !answers_.over)
      answers_.arrived.wait(lock);
  }

  [[nodiscard]] bool alive() const noexcept { return connection_->alive(); }

  Result<void> send(const gate::OutgoingVerdict& verdict, const std::string& subject) {
    const std::string reply = fmt::format("{}.{}", replies_, verdict.row);
    natsMsg* made = nullptr;
    natsStatus status = natsMsg_Create(&made, subject.c_str(), reply.c_str(), verdict.body.data(),
                                       static_cast<int>(verdict.body.size()));
    const NatsMessage message(made);
    if (status == NATS_OK) status = natsMsgHeader_Set(made, id_field, verdict.id.c_str());
    if (status == NATS_OK) {
      status = natsConnection_PublishMsg(connection_->handle().connection, made);
    }
    if (status != NATS_OK)
      return tl::unexpected(nats_error(status, "can't be sent to", *connection_));
    return {};
  }

  std::vector<SinkAnswer> take(std::chrono::milliseconds wait) {
    std::unique_lock lock(answers_.mutex);
    answers_.arrived.wait_for(lock, wait,
                              [&] { return !answers_.waiting.empty() || answers_.over; });
    return std::exchange(answers_.waiting, {});
  }

 private:
  explicit Line(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

  Answers answers_;
  std::string replies_;
  std::unique_ptr<Connection> connection_;
  NatsSubscription subscription_;
  bool told_of_end_ = false;
};

class StreamSink final : public gate::VerdictSink {
 public:
  StreamSink(gate::ClusterSettings settings, std::string gate)
      : settings_(std::move(settings)), gate_(std::move(gate)) {}

  Result<void> send(const gate::OutgoingVerdict& verdict) override {
    if (auto there = connect(); !there) return there;
    auto sent = line_->send(verdict, verdict_subject(verdict.tenant, gate_));
    if (sent) under_way_.insert(verdict.row);
    return sent;
  }

  std::vector<SinkAnswer> take_answers(std::chrono::milliseconds wait) override {
    if (!line_) {
      std::this_thread::sleep_for(wait);
      return {};
    }
    std::vector<SinkAnswer> answers = line_->take(wait);
    for (const SinkAnswer& answer : answers)
      under_way_.erase(answer.row);
    if (line_->alive()) return answers;
    // What is still on its way has nobody left to answer it.
    line_.reset();
    for (const std::int64_t row : std::exchange(under_way_, {}))
      answers.push_back({row, false, "the connection is lost"});
    return answers;
  }

 private:
  Result<void> connect() {
    if (line_) return {};
    if (Clock::now() < next_) return fail(why_);
    auto opened = Line::open(settings_, gate_);
    if (!opened) {
      next_ = Clock::now() + backoff_.next();
      why_ = opened.error().line();
      return tl::unexpected(opened.error());
    }
    backoff_.reset();
    line_ = std::move(*opened);
    return {};
  }

  gate::ClusterSettings settings_;
  std::string gate_;
  std::unique_ptr<Line> line_;
  std::set<std::int64_t> under_way_;
  Backoff backoff_{std::chrono::milliseconds(100), std::chrono::milliseconds(5000),
                   std::random_device{}()};
  Clock::time_point next_;
  std::string why_;
};

}  // namespace

std::unique_ptr<gate::VerdictSink> make_verdict_sink(const gate::ClusterSettings& settings,
                                                     const std::string& gate) {
  return std::make_unique<StreamSink>(settings, gate);
}

}  // namespace postern::cluster
