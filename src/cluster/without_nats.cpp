// Built in place of what speaks with servers where there is no libnats. No Connection can be
// made, so nothing of a bucket can be asked.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cluster/bucket.hpp"
#include "cluster/connection.hpp"
#include "cluster/verdict_reader.hpp"
#include "cluster/verdict_sink.hpp"
#include "cluster/verdict_streams.hpp"

namespace postern::cluster {
namespace {

tl::unexpected<Error> not_built() {
  return fail("this postern was built without libnats, and speaks with no cluster", "[cluster]",
              "take one that was built with it (Debian: libnats-dev)");
}

}  // namespace

struct Connection::Handle {};
Connection::~Connection() = default;
Result<std::unique_ptr<Connection>> Connection::open(const gate::ClusterSettings&,
                                                     const std::string&) {
  return not_built();
}
bool Connection::alive() const noexcept {
  return false;
}
Result<void> Connection::flush() {
  return not_built();
}
Result<void> check_sign_in(const gate::ClusterSettings&) {
  return not_built();
}
bool is_built() noexcept {
  return false;
}

Bucket::Bucket(Connection& connection, std::string name)
    : connection_(connection), name_(std::move(name)) {}
Result<void> Bucket::make(const BucketOptions&) {
  return not_built();
}
Result<std::optional<std::uint64_t>> Bucket::last_revision() {
  return not_built();
}
Result<std::optional<Entry>> Bucket::newest(std::string_view) {
  return not_built();
}
Result<Written> Bucket::put(std::string_view, std::string_view, std::uint64_t) {
  return not_built();
}
Result<std::uint64_t> Bucket::put(std::string_view, std::string_view) {
  return not_built();
}
Result<Written> Bucket::remove(std::string_view, std::uint64_t) {
  return not_built();
}
Result<std::vector<Entry>> Bucket::history(std::string_view) {
  return not_built();
}
Result<std::vector<Entry>> Bucket::all(std::string_view) {
  return not_built();
}

struct Watch::Inbox {};
Watch::~Watch() = default;
Result<std::unique_ptr<Watch>> Watch::open(Connection&, const std::string&, std::string_view,
                                           const WatchFrom&, std::function<void()>) {
  return not_built();
}
std::vector<Entry> Watch::take() {
  return {};
}
bool Watch::caught_up() const {
  return false;
}

Result<void> make_verdict_streams(Connection&, const VerdictStreamOptions&) {
  return not_built();
}
Result<std::vector<std::string>> verdict_streams(Connection&, std::string_view) {
  return not_built();
}
std::unique_ptr<gate::VerdictSink> make_verdict_sink(const gate::ClusterSettings&,
                                                     const std::string&) {
  return nullptr;
}
Result<std::unique_ptr<ledger::Rows>> open_verdicts(const gate::ClusterSettings&,
                                                    const std::string&) {
  return not_built();
}

}  // namespace postern::cluster
