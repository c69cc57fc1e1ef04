#include "cluster/bucket.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "cluster/nats.hpp"

namespace postern::cluster {
namespace {

// Codes of the server's JetStream errors (server/errors.json).
constexpr int stream_not_found = 10059;
constexpr int message_not_found = 10037;
constexpr int wrong_last_sequence = 10071;
constexpr int name_in_use = 10058;

constexpr const char* operation_field = "KV-Operation";
constexpr const char* expected_field = "Nats-Expected-Last-Subject-Sequence";

std::string subject_of(const std::string& bucket, std::string_view key) {
  return fmt::format("$KV.{}.{}", bucket, key);
}

std::string stream_of(const std::string& bucket) {
  return "KV_" + bucket;
}

bool is_removal(natsMsg* message) {
  const char* operation = nullptr;
  return natsMsgHeader_Get(message, operation_field, &operation) == NATS_OK &&
         (std::strcmp(operation, "DEL") == 0 || std::strcmp(operation, "PURGE") == 0);
}

// Of a message of the stream KV_NAME; its revision and time are told by whoever has it.
Entry entry_of(natsMsg* message, const std::string& bucket) {
  Entry entry;
  const std::string_view subject = natsMsg_GetSubject(message);
  const std::size_t prefix = subject_of(bucket, "").size();
  entry.key = subject.size() > prefix ? subject.substr(prefix) : std::string_view{};
  entry.removed = is_removal(message);
  if (!entry.removed) {
    entry.value.assign(natsMsg_GetData(message),
                       static_cast<std::size_t>(natsMsg_GetDataLength(message)));
  }
  return entry;
}

}  // namespace

Bucket::Bucket(Connection& connection, std::string name)
    : connection_(connection), name_(std::move(name)) {}

Result<void> Bucket::make(const BucketOptions& options) {
  const auto there = last_revision();
  if (!there) return tl::unexpected(there.error());
  if (*there) return {};
  const std::string stream = stream_of(name_);
  const std::string subjects = subject_of(name_, ">");
  const char* all[] = {subjects.c_str()};
  jsStreamConfig config;
  jsStreamConfig_Init(&config);
  config.Name = stream.c_str();
  config.Subjects = all;
  config.SubjectsLen = 1;
  config.MaxMsgsPerSubject = options.history;
  config.MaxMsgSize = options.largest > 0 ? options.largest : -1;
  config.MaxAge = std::chrono::nanoseconds(options.age).count();
  config.Replicas = options.replicas;
  config.Storage = js_FileStorage;
  config.Discard = js_DiscardNew;
  config.AllowRollup = true;
  config.DenyDelete = true;
  config.AllowDirect = true;
  jsErrCode code{};
  jsStreamInfo* made = nullptr;
  jsOptions patient;
  jsOptions_Init(&patient);
  patient.Wait = 3 * answer_time;  // servers that have just met choose a leader first
  const natsStatus status =
      js_AddStream(&made, connection_.handle().jetstream, &config, &patient, &code);
  const NatsStreamInfo info(made);
  if (status == NATS_OK || static_cast<int>(code) == name_in_use) return {};
  return tl::unexpected(
      nats_error(status, fmt::format("bucket '{}' can't be made", name_), connection_));
}

Result<std::optional<std::uint64_t>> Bucket::last_revision() {
  jsErrCode code{};
  jsStreamInfo* found = nullptr;
  const natsStatus status = js_GetStreamInfo(&found, connection_.handle().jetstream,
                                             stream_of(name_).c_str(), nullptr, &code);
  const NatsStreamInfo info(found);
  if (status == NATS_OK) return info->State.LastSeq;
  if (status == NATS_NOT_FOUND || static_cast<int>(code) == stream_not_found) return std::nullopt;
  return tl::unexpected(
      nats_error(status, fmt::format("bucket '{}' can't be looked at", name_), connection_));
}

Result<std::optional<Entry>> Bucket::newest(std::string_view key) {
  jsErrCode code{};
  natsMsg* found = nullptr;
  const natsStatus status =
      js_GetLastMsg(&found, connection_.handle().jetstream, stream_of(name_).c_str(),
                    subject_of(name_, key).c_str(), nullptr, &code);
  const NatsMessage message(found);
  if (status == NATS_OK) {
    Entry entry = entry_of(found, name_);
    entry.revision = natsMsg_GetSequence(found);
    entry.created = natsMsg_GetTime(found);
    return entry;
  }
  if (static_cast<int>(code) == message_not_found) return std::nullopt;
  return tl::unexpected(nats_error(
      status, fmt::format("'{}' of bucket '{}' can't be read", key, name_), connection_));
}

namespace {

// `expected` nullopt: whatever is there. `removal`: the mark instead of a value.
Result<Written> publish(Connection& connection, const std::string& bucket, std::string_view key,
                        std::string_view value, std::optional<std::uint64_t> expected,
                        bool removal) {
  natsMsg* made = nullptr;
  natsStatus status = natsMsg_Create(&made, subject_of(bucket, key).c_str(), nullptr, value.data(),
                                     static_cast<int>(value.size()));
  const NatsMessage message(made);
  if (status == NATS_OK && expected) {
    status = natsMsgHeader_Set(made, expected_field, std::to_string(*expected).c_str());
  }
  if (status == NATS_OK && removal) status = natsMsgHeader_Set(made, operation_field, "DEL");
  jsErrCode code{};
  jsPubAck* answer = nullptr;
  if (status == NATS_OK) {
    status = js_PublishMsg(&answer, connection.handle().jetstream, made, nullptr, &code);
  }
  if (status == NATS_OK) {
    const Written written{answer->Sequence};
    jsPubAck_Destroy(answer);
    return written;
  }
  if (static_cast<int>(code) == wrong_last_sequence) return Written{};
  return tl::unexpected(nats_error(
      status, fmt::format("'{}' of bucket '{}' can't be written", key, bucket), connection));
}

}  // namespace

Result<Written> Bucket::put(std::string_view key, std::string_view value, std::uint64_t expected) {
  auto written = publish(connection_, name_, key, value, expected, false);
  if (!written || !written->raced() || expected != 0) return written;
  // A key that was taken away is not there, but its mark has a revision.
  const auto found = newest(key);
  if (!found) return tl::unexpected(found.error());
  if (!*found || !(*found)->removed) return written;
  return publish(connection_, name_, key, value, (*found)->revision, false);
}

Result<std::uint64_t> Bucket::put(std::string_view key, std::string_view value) {
  const auto written = publish(connection_, name_, key, value, std::nullopt, false);
  if (!written) return tl::unexpected(written.error());
  return written->revision;
}

Result<Written> Bucket::remove(std::string_view key, std::uint64_t expected) {
  return publish(connection_, name_, key, "", expected, true);
}

Result<std::vector<Entry>> Bucket::history(std::string_view filter) {
  return read(filter, false);
}

Result<std::vector<Entry>> Bucket::all(std::string_view filter) {
  auto entries = read(filter, true);
  if (entries) std::erase_if(*entries, [](const Entry& entry) { return entry.removed; });
  return entries;
}

Result<std::vector<Entry>> Bucket::read(std::string_view filter, bool only_newest) {
  std::mutex mutex;
  std::condition_variable arrived;
  bool news = false;
  auto watch = Watch::open(connection_, name_, filter,
                           {only_newest ? WatchFrom::Kind::newest : WatchFrom::Kind::whole}, [&] {
                             const std::lock_guard lock(mutex);
                             news = true;
                             arrived.notify_one();
                           });
  if (!watch) return tl::unexpected(watch.error());
  std::vector<Entry> entries;
  for (;;) {
    const bool complete = (*watch)->caught_up();
    for (Entry& entry : (*watch)->take())
      entries.push_back(std::move(entry));
    if (complete) return entries;
    std::unique_lock lock(mutex);
    if (!arrived.wait_for(lock, std::chrono::milliseconds(5 * answer_time), [&] { return news; })) {
      return fail(fmt::format("bucket '{}' does not come", name_), connection_.address());
    }
    news = false;
  }
}

// --- watch ---

struct Watch::Inbox {
  std::string bucket;
  std::function<void()> woken;
  mutable std::mutex mutex;
  std::vector<Entry> waiting;  // guarded
  std::uint64_t received = 0;  // guarded
  std::uint64_t expected = 0;  // guarded: what was there when it began
  bool complete = false;       // guarded
  std::condition_variable over;
  bool gone = false;  // guarded
  bool told_of_end = false;
  NatsSubscription subscription;

  void receive(natsMsg* message) {
    const NatsMessage owned(message);
    jsMsgMetaData* about = nullptr;
    if (natsMsg_GetMetaData(&about, message) != NATS_OK) return;
    Entry entry = entry_of(message, bucket);
    entry.revision = about->Sequence.Stream;
    entry.created = about->Timestamp;
    const bool last = about->NumPending == 0;
    jsMsgMetaData_Destroy(about);
    {
      const std::lock_guard lock(mutex);
      waiting.push_back(std::move(entry));
      ++received;
      complete = complete || last || (expected != 0 && received >= expected);
    }
    if (woken) woken();
  }
  static void on_message(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
    static_cast<Inbox*>(closure)->receive(message);
  }
  static void on_complete(void* closure) {
    auto* inbox = static_cast<Inbox*>(closure);
    const std::lock_guard lock(inbox->mutex);
    inbox->gone = true;
    inbox->over.notify_all();
  }
};

Watch::Watch(std::unique_ptr<Inbox> inbox) : inbox_(std::move(inbox)) {}

Watch::~Watch() {
  natsSubscription* subscription = inbox_->subscription.get();
  if (subscription == nullptr) return;
  // A message may be under way to the callback: the inbox stays until the library says that no more
  // come.
  natsSubscription_Unsubscribe(subscription);
  std::unique_lock lock(inbox_->mutex);
  inbox_->over.wait(lock, [&] { return inbox_->gone || !inbox_->told_of_end; });
}

Result<std::unique_ptr<Watch>> Watch::open(Connection& connection, const std::string& bucket,
                                           std::string_view filter, const WatchFrom& from,
                                           std::function<void()> woken) {
  auto inbox = std::make_unique<Inbox>();
  inbox->bucket = bucket;
  inbox->woken = std::move(woken);
  const std::string stream = stream_of(bucket);
  jsSubOptions options;
  jsSubOptions_Init(&options);
  options.Ordered = true;
  options.Stream = stream.c_str();
  switch (from.kind) {
    case WatchFrom::Kind::newest:
      options.Config.DeliverPolicy = js_DeliverLastPerSubject;
      break;
    case WatchFrom::Kind::whole:
      options.Config.DeliverPolicy = js_DeliverAll;
      break;
    case WatchFrom::Kind::revision:
      options.Config.DeliverPolicy = js_DeliverByStartSequence;
      options.Config.OptStartSeq = from.revision;
      break;
  }
  jsErrCode code{};
  natsSubscription* made = nullptr;
  natsStatus status =
      js_Subscribe(&made, connection.handle().jetstream, subject_of(bucket, filter).c_str(),
                   &Inbox::on_message, inbox.get(), nullptr, &options, &code);
  inbox->subscription.reset(made);
  std::unique_ptr<Watch> watch(new Watch(std::move(inbox)));
  if (status == NATS_OK) {
    // Not at the end: of a connection that was lost the library has ended the subscription already.
    status = natsSubscription_SetOnCompleteCB(made, &Inbox::on_complete, watch->inbox_.get());
    watch->inbox_->told_of_end = status == NATS_OK;
  }
  if (status == NATS_OK) {
    // A bucket that holds nothing of it sends nothing: how much there is must be asked.
    jsConsumerInfo* about = nullptr;
    status = natsSubscription_GetConsumerInfo(&about, made, nullptr, &code);
    if (status == NATS_OK) {
      const std::uint64_t all = about->NumPending + about->Delivered.Consumer;
      jsConsumerInfo_Destroy(about);
      Inbox& there = *watch->inbox_;
      const std::lock_guard lock(there.mutex);
      there.expected = all;
      there.complete = there.complete || there.received >= all;
    }
  }
  if (status == NATS_OK) return watch;
  return tl::unexpected(
      nats_error(status, fmt::format("bucket '{}' can't be watched", bucket), connection));
}

std::vector<Entry> Watch::take() {
  const std::lock_guard lock(inbox_->mutex);
  return std::exchange(inbox_->waiting, {});
}

bool Watch::caught_up() const {
  const std::lock_guard lock(inbox_->mutex);
  return inbox_->complete;
}

}  // namespace postern::cluster
