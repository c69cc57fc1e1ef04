#include "gate/verdict_publisher.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <thread>
#include <utility>
#include <vector>

#include "ledger/outbox.hpp"
#include "ledger/published.hpp"
#include "ledger/verdict_id.hpp"

namespace postern::gate {
namespace {

using Time = std::chrono::steady_clock::time_point;
using Milliseconds = std::chrono::milliseconds;
using ledger::Outbox;

// A row that was read, until it and all before it are stored.
struct Outstanding {
  OutgoingVerdict verdict;
  enum class State : std::uint8_t { to_send, sent, stored } state = State::to_send;
  Time sent_at;
  bool again = false;  // was sent before
};

// The rows on their way, in their order.
class Window {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  void clear() noexcept { rows_.clear(); }
  void add(OutgoingVerdict verdict) { rows_.push_back({std::move(verdict), {}, {}, false}); }
  auto begin() noexcept { return rows_.begin(); }
  auto end() noexcept { return rows_.end(); }
  Outstanding* find(std::int64_t row) noexcept {
    const auto at = std::lower_bound(
        rows_.begin(), rows_.end(), row,
        [](const Outstanding& each, std::int64_t wanted) { return each.verdict.row < wanted; });
    return at != rows_.end() && at->verdict.row == row ? &*at : nullptr;
  }
  // Lets those at the front go that are stored; the last one's row, or `before` where there is
  // none.
  std::int64_t take_stored(std::int64_t before) {
    while (!rows_.empty() && rows_.front().state == Outstanding::State::stored) {
      before = rows_.front().verdict.row;
      rows_.pop_front();
    }
    return before;
  }

 private:
  std::deque<Outstanding> rows_;
};

}  // namespace

struct VerdictPublisher::Thread {
  static constexpr std::size_t most_tries = 16;

  Thread(PublisherOptions an_options, std::unique_ptr<Outbox> an_outbox,
         std::unique_ptr<VerdictSink> a_sink, PublisherCounts& the_counts)
      : options(std::move(an_options)),
        gate(ledger::token_of(options.gate)),
        outbox(std::move(an_outbox)),
        sink(std::move(a_sink)),
        counts(the_counts) {}

  void run() {
    while (!over()) {
      const Time now = std::chrono::steady_clock::now();
      if (now >= look_at) look(now);
      if (now >= resume_at) send(now);
      take_answers(now);
      settle();
    }
    mark();
  }

  // At the end nothing more is written: all is sent, or the time is over.
  bool over() {
    if (!ending.load(std::memory_order_acquire)) return false;
    const Time now = std::chrono::steady_clock::now();
    if (!std::exchange(end_seen, true)) {
      end_at = now + options.last_words;
      look(now);
    }
    return now >= end_at || (window.empty() && !more_to_read());
  }

  [[nodiscard]] bool more_to_read() const noexcept { return begun && read_to < last; }

  // What the ledger says now: new rows, and rows to be sent again. And answers that are overdue.
  void look(Time now) {
    look_at = now + options.look_every;
    const auto state = outbox->state();
    if (!state) {
      trouble(state.error().line(), now);
      return;
    }
    last = state->last;
    if (!begun || state->rewinds != rewinds) {
      begun = true;
      rewinds = state->rewinds;
      sent = marked = read_to = state->sent;
      window.clear();
    }
    give_up_what_is_too_much(state->row_size);
    counts.waiting.set(std::max<std::int64_t>(0, last - sent));
    for (Outstanding& each : window) {
      if (each.state != Outstanding::State::sent || now < each.sent_at + options.answer_within) {
        continue;
      }
      lost(each, "no answer", now);
    }
  }

  void give_up_what_is_too_much(double row_size) {
    const auto keep = std::min(static_cast<double>(options.keep_rows),
                               static_cast<double>(options.keep_bytes) / std::max(row_size, 1.0));
    const auto excess = static_cast<double>(last - read_to) - keep;
    if (excess >= 1) pass(read_to + static_cast<std::int64_t>(excess));
  }

  // Rows up to this one are not sent. What was sent before, and was to be sent again, is not lost.
  void pass(std::int64_t row) {
    counts.dropped.add(
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, row - std::max(read_to, known_to))));
    read_to = row;
    known_to = std::max(known_to, read_to);
  }

  void fill() {
    if (!more_to_read() || window.size() >= options.most_outstanding) return;
    const std::size_t before = window.size();
    const auto done =
        outbox->read(read_to, options.most_outstanding - before, [&](ledger::Row&& row) {
          // Ids follow each other: what is not there was deleted unsent.
          if (row.id > read_to + 1) pass(row.id - 1);
          read_to = row.id;
          known_to = std::max(known_to, read_to);
          row.verdict.gate = gate;
          window.add({row.id, row.verdict.text(), row.record.tenant, published_form(row)});
        });
    if (!done) {
      trouble(done.error().line(), std::chrono::steady_clock::now());
    } else if (window.size() == before) {
      pass(last);
    }
  }

  // While it fails, a few try for all.
  void send(Time now) {
    fill();
    std::size_t under_way = 0;
    for (Outstanding& each : window) {
      if (failing && under_way >= most_tries) return;
      if (each.state == Outstanding::State::sent) ++under_way;
      if (each.state != Outstanding::State::to_send) continue;
      if (const auto done = sink->send(each.verdict); !done) {
        trouble(done.error().line(), now);
        return;
      }
      each.state = Outstanding::State::sent;
      each.sent_at = now;
      ++under_way;
      if (std::exchange(each.again, true)) counts.retries.add();
    }
  }

  void take_answers(Time now) {
    // Many answers at a time, and the end is seen soon.
    if (!window.empty()) std::this_thread::sleep_for(Milliseconds(1));
    const auto until = window.empty() || resume_at <= now ? look_at : std::min(look_at, resume_at);
    const auto wait = std::chrono::ceil<Milliseconds>(until - now);
    const auto answers = sink->take_answers(std::clamp(wait, Milliseconds(1), Milliseconds(100)));
    now = std::chrono::steady_clock::now();
    for (const SinkAnswer& answer : answers) {
      Outstanding* found = window.find(answer.row);
      if (found == nullptr || found->state == Outstanding::State::stored) continue;
      if (answer.stored) {
        found->state = Outstanding::State::stored;
        counts.sent.add();
        good();
      } else if (found->state == Outstanding::State::sent) {
        lost(*found, answer.why, now);
      }
    }
  }

  void lost(Outstanding& row, const std::string& why, Time now) {
    row.state = Outstanding::State::to_send;
    trouble(why, now);
  }

  void settle() {
    sent = window.take_stored(sent);
    if (window.empty() && begun) sent = std::max(sent, read_to);
    counts.waiting.set(std::max<std::int64_t>(0, last - sent));
    if (window.empty() || std::chrono::steady_clock::now() >= mark_at) mark();
  }

  void mark() {
    if (!begun || sent == marked) return;
    const auto done = outbox->mark_sent(sent, rewinds);
    const Time now = std::chrono::steady_clock::now();
    mark_at = now + Milliseconds(100);
    if (!done) {
      trouble(done.error().line(), now);
    } else if (*done) {
      marked = sent;
    } else {
      look_at = now;  // rows are to be sent again
    }
  }

  // One failure and those that come with it are one: the pause grows once for them all.
  void trouble(const std::string& why, Time now) {
    if (now >= resume_at) {
      pause = std::clamp(pause * 2, options.shortest_pause, options.longest_pause);
      resume_at = now + pause;
    }
    if (failing) return;
    failing = true;
    if (options.on_change) options.on_change(true, why);
  }

  void good() {
    pause = Milliseconds(0);
    if (!std::exchange(failing, false)) return;
    if (options.on_change) options.on_change(false, {});
  }

  PublisherOptions options;
  std::string gate;  // as a token
  std::unique_ptr<Outbox> outbox;
  std::unique_ptr<VerdictSink> sink;
  PublisherCounts& counts;
  Window window;
  bool begun = false;
  bool failing = false;
  std::int64_t last = 0;      // written, as of the last look
  std::int64_t read_to = 0;   // in the window, or before it
  std::int64_t known_to = 0;  // the highest that read_to ever was
  std::int64_t sent = 0;      // this row and all before it are done with
  std::int64_t marked = 0;    // in the ledger
  std::int64_t rewinds = 0;
  Milliseconds pause{0};
  Time resume_at, look_at, mark_at, end_at;
  bool end_seen = false;
  std::atomic<bool> ending = false;
  std::thread handle;
};

VerdictPublisher::VerdictPublisher(std::unique_ptr<Thread> thread) : thread_(std::move(thread)) {
  thread_->handle = std::thread([this] { thread_->run(); });
}

VerdictPublisher::~VerdictPublisher() {
  thread_->ending.store(true, std::memory_order_release);
  thread_->handle.join();
}

Result<std::unique_ptr<VerdictPublisher>> VerdictPublisher::open(PublisherOptions options,
                                                                 std::unique_ptr<VerdictSink> sink,
                                                                 PublisherCounts& counts) {
  auto outbox = Outbox::open(options.ledger);
  if (!outbox) return tl::unexpected(outbox.error());
  return std::unique_ptr<VerdictPublisher>(new VerdictPublisher(
      std::make_unique<Thread>(std::move(options), std::move(*outbox), std::move(sink), counts)));
}

}  // namespace postern::gate
