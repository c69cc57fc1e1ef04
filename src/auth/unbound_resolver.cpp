#include "auth/unbound_resolver.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <poll.h>
#include <unbound.h>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::auth {
namespace {

using Clock = std::chrono::steady_clock;

// A name on the wire (RFC 1035, 3.1; never compressed in libunbound's results), lower case; what
// could not be written as a name is escaped. nullopt where it is cut short.
std::optional<std::string> read_name(std::string_view wire) {
  std::string name;
  for (std::size_t at = 0; at < wire.size();) {
    const std::size_t length = static_cast<unsigned char>(wire[at++]);
    if (length == 0) return name;
    if (length > 63 || at + length > wire.size()) return std::nullopt;
    if (!name.empty()) name += '.';
    for (const char c : wire.substr(at, length)) {
      if (c > ' ' && c < 0x7f && c != '.' && c != '\\') {
        name += ascii_lower(c);
      } else {
        name += fmt::format("\\{:03}", static_cast<unsigned char>(c));
      }
    }
    at += length;
  }
  return std::nullopt;
}

// The strings of a TXT record, joined.
std::string text_of_wire(std::string_view wire) {
  std::string text;
  while (!wire.empty()) {
    const std::size_t length = static_cast<unsigned char>(wire[0]);
    text += wire.substr(1, length);
    wire.remove_prefix(std::min(wire.size(), length + 1));
  }
  return text;
}

void add_wire_record(DnsAnswer& answer, RecordType type, std::string_view wire) {
  switch (type) {
    case RecordType::a:
    case RecordType::aaaa:
      if (const auto address = IpAddress::from_octets(wire)) answer.addresses.push_back(*address);
      return;
    case RecordType::txt:
      answer.texts.push_back(text_of_wire(wire));
      return;
    case RecordType::mx:
      if (wire.size() < 3) return;
      if (auto host = read_name(wire.substr(2))) {
        const auto preference = static_cast<std::uint16_t>(
            static_cast<unsigned char>(wire[0]) << 8 | static_cast<unsigned char>(wire[1]));
        answer.exchanges.push_back({preference, std::move(*host)});
      }
      return;
    case RecordType::ptr:
    case RecordType::ns:
    case RecordType::cname:
      if (auto name = read_name(wire)) answer.names.push_back(std::move(*name));
      return;
  }
}

DnsAnswer read_result(const ub_result& result, RecordType type) {
  DnsAnswer answer;
  answer.secure = result.secure != 0;
  answer.ttl = static_cast<std::uint32_t>(std::max(result.ttl, 0));
  if (result.bogus) {
    answer.status = DnsStatus::bogus;
  } else if (result.nxdomain) {
    answer.status = DnsStatus::nonexistent_name;
  } else if (result.rcode != 0) {
    answer.status = DnsStatus::server_failure;
  } else if (!result.havedata) {
    answer.status = DnsStatus::no_data;
  } else {
    for (int i = 0; result.data[i] != nullptr; ++i) {
      add_wire_record(answer, type,
                      std::string_view(result.data[i], static_cast<std::size_t>(result.len[i])));
    }
    answer.status = DnsStatus::success;
  }
  return answer;
}

bool can_be_asked(std::string_view name) noexcept {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > 253) return false;
  std::size_t label = 0;
  for (const char c : name) {
    if (c <= ' ' || c >= 0x7f) return false;
    if (c != '.') {
      if (++label > 63) return false;
    } else if (label == 0) {
      return false;
    } else {
      label = 0;
    }
  }
  return label > 0;
}

DnsAnswer with_status(DnsStatus status) {
  DnsAnswer answer;
  answer.status = status;
  return answer;
}

}  // namespace

struct UnboundResolver::State {
  struct Pending {
    State* owner = nullptr;
    std::uint64_t number = 0;
    int async_id = 0;
    RecordType type = RecordType::a;
    Clock::time_point deadline;
    Done done;
  };

  ~State() {
    if (context != nullptr) ub_ctx_delete(context);  // ends its thread; no callback follows
  }

  static void answered(void* data, int error, ub_result* result) {
    auto* pending = static_cast<Pending*>(data);
    State& state = *pending->owner;
    DnsAnswer answer = error == 0 && result != nullptr ? read_result(*result, pending->type)
                                                       : with_status(DnsStatus::server_failure);
    ub_resolve_free(result);
    // Out of the table first: `done` may ask the next question, or destroy nothing of ours.
    const auto node = state.pending.extract(pending->number);
    if (!node.empty() && node.mapped()->done) node.mapped()->done(std::move(answer));
  }

  ub_ctx* context = nullptr;
  UnboundOptions options;
  std::uint64_t next_number = 1;
  // In the order in which they were asked, and so, with one timeout for all, in that of deadlines.
  std::map<std::uint64_t, std::unique_ptr<Pending>> pending;
};

UnboundResolver::UnboundResolver(std::unique_ptr<State> state) : state_(std::move(state)) {}
UnboundResolver::~UnboundResolver() = default;

Result<std::unique_ptr<UnboundResolver>> UnboundResolver::open(const UnboundOptions& options) {
  auto state = std::make_unique<State>();
  state->options = options;
  state->context = ub_ctx_create();
  if (state->context == nullptr) return fail("libunbound can't start", "resolver");
  ub_ctx* context = state->context;
  std::string failed;
  const auto set = [&](int error, const std::string& what) {
    if (error != 0 && failed.empty()) failed = fmt::format("{} ({})", what, ub_strerror(error));
  };
  set(ub_ctx_async(context, 1), "no thread to resolve in");
  const auto option = [&](const char* name, const char* value) {
    set(ub_ctx_set_option(context, name, value), fmt::format("option {}", name));
  };
  // Forwarders and authoritative servers on this machine are as good as any.
  option("do-not-query-localhost:", "no");
  option("cache-max-negative-ttl:", "300");
  option("msg-cache-size:", "16m");
  option("rrset-cache-size:", "32m");
  if (options.forwarder.empty()) {
    set(ub_ctx_resolvconf(context, nullptr), "/etc/resolv.conf");
  } else {
    set(ub_ctx_set_fwd(context, options.forwarder.c_str()),
        fmt::format("'{}' is no address of a resolver", printable(options.forwarder)));
  }
  if (!options.trust_anchor_file.empty()) {
    set(ub_ctx_add_ta_file(context, options.trust_anchor_file.c_str()),
        "trust anchors in " + options.trust_anchor_file);
  }
  for (const std::string& anchor : options.trust_anchors)
    set(ub_ctx_add_ta(context, anchor.c_str()), fmt::format("trust anchor '{}'", anchor));
  for (const std::string& record : options.local_records)
    set(ub_ctx_data_add(context, record.c_str()), fmt::format("record '{}'", printable(record)));
  if (!failed.empty()) {
    return fail(failed, "resolver", "check the resolver's settings");
  }
  return std::unique_ptr<UnboundResolver>(new UnboundResolver(std::move(state)));
}

void UnboundResolver::query(std::string_view name, RecordType type, Done done) {
  State& state = *state_;
  if (!can_be_asked(name)) {
    done(with_status(DnsStatus::bad_name));
    return;
  }
  if (state.pending.size() >= state.options.most_outstanding) {
    done(with_status(DnsStatus::server_failure));
    return;
  }
  auto pending = std::make_unique<State::Pending>();
  State::Pending& asked = *pending;
  asked.owner = &state;
  asked.number = state.next_number++;
  asked.type = type;
  asked.deadline = Clock::now() + state.options.timeout;
  asked.done = std::move(done);
  state.pending.emplace(asked.number, std::move(pending));
  const int error =
      ub_resolve_async(state.context, std::string(name).c_str(), static_cast<int>(type), 1, &asked,
                       &State::answered, &asked.async_id);
  if (error == 0) return;
  const auto node = state.pending.extract(asked.number);
  node.mapped()->done(
      with_status(error == UB_SYNTAX ? DnsStatus::bad_name : DnsStatus::server_failure));
}

int UnboundResolver::descriptor() const noexcept {
  return ub_fd(state_->context);
}

void UnboundResolver::process() {
  State& state = *state_;
  ub_process(state.context);
  const Clock::time_point now = Clock::now();
  while (!state.pending.empty() && state.pending.begin()->second->deadline <= now) {
    const auto node = state.pending.extract(state.pending.begin());
    ub_cancel(state.context, node.mapped()->async_id);
    node.mapped()->done(with_status(DnsStatus::timeout));
  }
}

std::optional<std::chrono::milliseconds> UnboundResolver::next_timeout() const {
  if (state_->pending.empty()) return std::nullopt;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(
      state_->pending.begin()->second->deadline - Clock::now());
  return std::max(left, std::chrono::milliseconds(0));
}

void UnboundResolver::wait(std::chrono::milliseconds limit) {
  if (const auto next = next_timeout()) limit = std::min(limit, *next);
  pollfd waiting{descriptor(), POLLIN, 0};
  (void)::poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(limit.count(), 60'000)));
  process();
}

}  // namespace postern::auth
