#include "gate/event_log.hpp"

#include <cerrno>
#include <poll.h>
#include <unistd.h>

#include "base/ascii.hpp"

namespace postern::gate {
namespace {

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
}

bool is_plain(std::string_view text) noexcept {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 32 || static_cast<unsigned char>(c) > 126) return false;
  }
  return true;
}

void write_patiently(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd wait{descriptor, POLLOUT, 0};
      ::poll(&wait, 1, 1000);
    } else if (errno != EINTR) {
      return;
    }
  }
}

}  // namespace

LogLine::LogLine(std::string_view event, Weight weight) : weight_(weight) {
  text_.reserve(256);
  text_ += R"("event":")";
  text_ += event;
  text_ += '"';
}

LogLine& LogLine::add(std::string_view key, std::string_view value) {
  text_ += ",\"";
  text_ += key;
  text_ += "\":\"";
  if (is_plain(value)) {
    append_escaped(text_, value);
  } else {
    append_escaped(text_, printable(value));
  }
  text_ += '"';
  return *this;
}

LogLine& LogLine::add(std::string_view key, std::int64_t value) {
  text_ += ",\"";
  text_ += key;
  text_ += "\":";
  text_ += std::to_string(value);
  return *this;
}

LogLine& LogLine::add(std::string_view key, bool value) {
  text_ += ",\"";
  text_ += key;
  text_ += value ? "\":true" : "\":false";
  return *this;
}

LogLine& LogLine::add_if(std::string_view key, std::string_view value) {
  return value.empty() ? *this : add(key, value);
}

EventLog::EventLog(int descriptor, Now now, Weight least)
    : descriptor_(descriptor), now_(now), least_(least) {
  if (descriptor_ >= 0) thread_ = std::thread([this] { run(); });
}

EventLog::~EventLog() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void EventLog::write(const LogLine& line) {
  if (!takes(line.weight())) return;
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() + line.text().size() > most_waiting) {
      ++dropped_;
      return;
    }
    first = waiting_.empty();
    waiting_ += R"({"time":")";
    waiting_ += format_time(now_());
    waiting_ += "\",";
    waiting_ += line.text();
    waiting_ += "}\n";
  }
  if (first) wake_.notify_one();
}

void EventLog::run() {
  std::string lines;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    lines.swap(waiting_);
    lock.unlock();
    write_patiently(descriptor_, lines);
    lines.clear();
    // Under load many lines share one write.
    if (lines.capacity() > most_waiting / 4) lines.shrink_to_fit();
    lock.lock();
  }
}

}  // namespace postern::gate
