#include "gate/live_authenticator.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "auth/caching_resolver.hpp"
#include "auth/unbound_resolver.hpp"
#include "gate/asio.hpp"

namespace postern::gate {
namespace {

auth::CachingResolver::Limits limits(HashSeed seed) {
  auth::CachingResolver::Limits out;
  out.seed = seed;
  return out;
}

// Hands out answers when libunbound's descriptor is readable, and timeouts when they are due.
class LoopResolver {
 public:
  LoopResolver(asio::io_context& loop, std::unique_ptr<auth::UnboundResolver> resolver,
               const LiveAuthenticatorOptions& options)
      : resolver_(std::move(resolver)),
        cache_(*resolver_, options.now, limits(options.seed)),
        readable_(loop, resolver_->descriptor()),
        timer_(loop) {
    wait_readable();
  }
  ~LoopResolver() { (void)readable_.release(); }  // the descriptor is libunbound's
  LoopResolver(const LoopResolver&) = delete;
  LoopResolver& operator=(const LoopResolver&) = delete;

  [[nodiscard]] auth::Resolver& resolver() noexcept { return cache_; }
  /// After questions may have been asked.
  void arm() {
    const auto next = resolver_->next_timeout();
    if (!next || armed_) return;
    armed_ = true;
    timer_.expires_after(*next + std::chrono::milliseconds(1));
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      armed_ = false;
      resolver_->process();
      arm();
    });
  }

 private:
  void wait_readable() {
    readable_.async_wait(asio::posix::stream_descriptor::wait_read,
                         [this](const boost::system::error_code& error) {
                           if (error) return;
                           resolver_->process();
                           arm();
                           wait_readable();
                         });
  }

  std::unique_ptr<auth::UnboundResolver> resolver_;
  auth::CachingResolver cache_;
  asio::posix::stream_descriptor readable_;
  asio::steady_timer timer_;
  bool armed_ = false;
};

// What the checks of one loop share. A check that is under way when the loop ends goes after its
// authenticator.
struct Means {
  LoopResolver dns;
  auth::Crypto crypto;
};

class LiveCheck final : public Authenticator::Check {
 public:
  LiveCheck(asio::io_context& loop, std::shared_ptr<Means> means, auth::ConnectionFacts facts,
            const message::HeaderBlock& header, UnixTime now, auth::MessageCheckOptions options,
            std::chrono::milliseconds time_limit)
      : means_(std::move(means)),
        message_(means_->crypto, std::move(facts), header, now, std::move(options)),
        timer_(loop),
        time_limit_(time_limit) {}

  void add_body(std::string_view piece) override { message_.add_body(piece); }

  void finish(std::function<void(const auth::MessageAuthentication&)> done) override {
    done_ = std::move(done);
    timer_.expires_after(time_limit_);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) answer(message_.out_of_time());
    });
    task_.emplace(message_.finish(means_->dns.resolver()));
    task_->start([this](const auth::MessageAuthentication& found) { answer(found); });
    means_->dns.arm();
  }

 private:
  void answer(const auth::MessageAuthentication& found) {
    if (!done_) return;
    timer_.cancel();
    std::exchange(done_, nullptr)(found);
  }

  std::shared_ptr<Means> means_;
  auth::MessageCheck message_;
  asio::steady_timer timer_;
  std::chrono::milliseconds time_limit_;
  std::function<void(const auth::MessageAuthentication&)> done_;
  // Last, so that it goes first: it points into what stands above.
  std::optional<auth::Task<auth::MessageAuthentication>> task_;
};

class LiveAuthenticator final : public Authenticator {
 public:
  LiveAuthenticator(asio::io_context& loop, std::unique_ptr<auth::UnboundResolver> resolver,
                    const LiveAuthenticatorOptions& options)
      : loop_(loop),
        means_(new Means{LoopResolver(loop, std::move(resolver), options), {}}),
        time_limit_(options.time_limit) {}

  std::unique_ptr<Check> begin(auth::ConnectionFacts facts, const message::HeaderBlock& header,
                               UnixTime now, auth::MessageCheckOptions options) override {
    return std::make_unique<LiveCheck>(loop_, means_, std::move(facts), header, now,
                                       std::move(options), time_limit_);
  }

 private:
  asio::io_context& loop_;
  std::shared_ptr<Means> means_;
  std::chrono::milliseconds time_limit_;
};

}  // namespace

Result<std::unique_ptr<Authenticator>> live_authenticator(asio::io_context& loop,
                                                          const LiveAuthenticatorOptions& options) {
  auth::UnboundOptions resolving;
  resolving.forwarder = options.resolver;
  auto resolver = auth::UnboundResolver::open(resolving);
  if (!resolver) return tl::unexpected(resolver.error());
  return std::unique_ptr<Authenticator>(
      std::make_unique<LiveAuthenticator>(loop, std::move(*resolver), options));
}

}  // namespace postern::gate
