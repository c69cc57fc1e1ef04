// A coroutine that awaits DNS answers. It starts when it is awaited or given to start(), runs on
// the thread that answers, and finishes without ever suspending where every answer is at hand.
#pragma once

#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "auth/resolver.hpp"

namespace postern::auth {

/// Owns its coroutine. Destroying a Task that waits for an answer is safe: the answer is dropped.
/// The resolver must outlive it. Nothing in this room throws; an exception (out of memory) ends the
/// program.
template <class T>
class [[nodiscard]] Task {
 public:
  struct promise_type {
    std::optional<T> value;
    std::coroutine_handle<> continuation;
    std::function<void(T)> done;

    Task get_return_object() { return Task{Handle::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
      struct Finish {
        bool await_ready() noexcept { return false; }
        std::coroutine_handle<> await_suspend(Handle handle) noexcept {
          promise_type& promise = handle.promise();
          if (promise.continuation) return promise.continuation;
          // `done` may destroy the Task, and this frame with it.
          if (promise.done) std::exchange(promise.done, nullptr)(std::move(*promise.value));
          return std::noop_coroutine();
        }
        void await_resume() noexcept {}
      };
      return Finish{};
    }
    void return_value(T result) { value.emplace(std::move(result)); }
    [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
  };
  using Handle = std::coroutine_handle<promise_type>;

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  /// Runs up to the first answer that is not at hand; `done` gets the result, now or later. Call at
  /// most once. Keep the Task until then; `done` may destroy it.
  void start(std::function<void(T)> done) {
    handle_.promise().done = std::move(done);
    handle_.resume();
  }

  /// Runs it as start() does; nullopt where an answer was not at hand.
  std::optional<T> run_now() && {
    handle_.resume();
    return std::move(handle_.promise().value);
  }

  auto operator co_await() && noexcept {
    struct Awaiter {
      Handle handle;
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<> outer) noexcept {
        handle.promise().continuation = outer;
        return handle;
      }
      T await_resume() { return std::move(*handle.promise().value); }
    };
    return Awaiter{handle_};
  }

 private:
  explicit Task(Handle handle) noexcept : handle_(handle) {}
  Handle handle_;
};

/// co_await lookup(resolver, name, type): one query inside a Task.
class lookup {
 public:
  lookup(Resolver& resolver, std::string_view name, RecordType type)
      : resolver_(resolver), name_(name), type_(type) {}
  lookup(const lookup&) = delete;
  lookup& operator=(const lookup&) = delete;
  ~lookup() {
    if (shared_) shared_->waiting = nullptr;
  }

  bool await_ready() {
    at_hand_ = resolver_.at_hand(name_, type_);
    if (at_hand_ != nullptr) return true;
    shared_ = std::make_shared<Shared>();
    resolver_.query(name_, type_, [shared = shared_](DnsAnswer answer) {
      shared->answer.emplace(std::move(answer));
      // Null where the one who asked is gone, or has not gone to sleep yet.
      if (shared->waiting) std::exchange(shared->waiting, nullptr).resume();
    });
    return shared_->answer.has_value();
  }
  void await_suspend(std::coroutine_handle<> waiting) noexcept { shared_->waiting = waiting; }
  DnsAnswer await_resume() { return at_hand_ != nullptr ? *at_hand_ : std::move(*shared_->answer); }

 protected:
  struct Shared {
    std::optional<DnsAnswer> answer;
    std::coroutine_handle<> waiting;
  };
  const DnsAnswer* at_hand_ = nullptr;
  std::shared_ptr<Shared> shared_;

 private:
  Resolver& resolver_;
  std::string_view name_;
  RecordType type_;
};

/// The same without a copy of the answer, which is good until the resolver is asked again:
///
///   glance asked(resolver, name, type);
///   co_await asked;
///   use(asked.answer());
class glance : public lookup {
 public:
  using lookup::lookup;
  void await_resume() const noexcept {}
  [[nodiscard]] const DnsAnswer& answer() const noexcept {
    return at_hand_ != nullptr ? *at_hand_ : *shared_->answer;
  }
};

/// The result of a task whose answers are all at hand (MemoryZone); nullopt where it had to wait.
template <class T>
std::optional<T> run_now(Task<T> task) {
  return std::move(task).run_now();
}

}  // namespace postern::auth
