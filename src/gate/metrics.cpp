#include "gate/metrics.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace postern::gate {
namespace {

std::string_view reason_name(std::size_t index) noexcept {
  return index < Metrics::reasons ? policy::name_of(static_cast<policy::Reason>(index))
                                  : ledger::other_reasons[index - Metrics::reasons];
}

class Page {
 public:
  void head(std::string_view name, std::string_view type, std::string_view help) {
    out_ += fmt::format("# HELP postern_{} {}\n# TYPE postern_{} {}\n", name, help, name, type);
  }
  void counter(std::string_view name, const Counter& counter, std::string_view help) {
    head(name, "counter", help);
    out_ += fmt::format("postern_{} {}\n", name, counter.value());
  }
  void gauge(std::string_view name, const Gauge& gauge, std::string_view help) {
    head(name, "gauge", help);
    out_ += fmt::format("postern_{} {}\n", name, gauge.value());
  }
  void histogram(std::string_view name, const Histogram& histogram, std::string_view help) {
    head(name, "histogram", help);
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < Histogram::bounds.size(); ++i) {
      total += histogram.count(i);
      out_ += fmt::format("postern_{}_bucket{{le=\"{}\"}} {}\n", name,
                          static_cast<double>(Histogram::bounds[i]) / 1e6, total);
    }
    total += histogram.count(Histogram::bounds.size());
    out_ += fmt::format("postern_{}_bucket{{le=\"+Inf\"}} {}\n", name, total);
    out_ += fmt::format("postern_{}_sum {}\n", name,
                        static_cast<double>(histogram.sum_microseconds()) / 1e6);
    out_ += fmt::format("postern_{}_count {}\n", name, total);
  }
  void line(std::string_view text) { out_ += text; }
  [[nodiscard]] std::string take() && { return std::move(out_); }

 private:
  std::string out_;
};

}  // namespace

void Histogram::observe(std::chrono::nanoseconds time) noexcept {
  const auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(
      0, std::chrono::duration_cast<std::chrono::microseconds>(time).count()));
  const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), micros) - bounds.begin();
  buckets_[static_cast<std::size_t>(bucket)].add();
  sum_.add(micros);
}

void Metrics::count(const ledger::Record& record) noexcept {
  if (record.mode == ledger::Mode::off) return;
  for (std::size_t i = 0; i < reasons + other_reasons; ++i) {
    if (record.reason != reason_name(i)) continue;
    outcomes[static_cast<std::size_t>(record.outcome)][static_cast<std::size_t>(record.mode)][i]
        .add();
    return;
  }
}

std::string prometheus_text(const Metrics& m) {
  Page page;
  page.counter("sessions_total", m.sessions, "SMTP sessions taken.");
  page.gauge("sessions_open", m.sessions_open, "SMTP sessions under way.");
  page.counter("sessions_turned_away_total", m.sessions_turned_away, "SMTP sessions over a limit.");
  page.counter("sessions_timed_out_total", m.sessions_timed_out, "SMTP sessions that were silent.");
  page.counter("protocol_faults_total", m.protocol_faults,
               "SMTP sessions ended for what the client said.");
  page.counter("tls_handshakes_total", m.tls_handshakes, "TLS handshakes that were begun.");
  page.counter("tls_failures_total", m.tls_failures, "TLS handshakes that failed.");
  page.counter("messages_total", m.messages, "Messages answered 250.");
  page.counter("messages_not_taken_total", m.messages_not_taken,
               "Messages that the next hop did not answer 250.");
  page.counter("next_hop_failures_total", m.next_hop_failures,
               "Next hops that could not be reached, or were lost; not what they answered.");
  page.counter("milter_connections_total", m.milter_connections, "Milter connections taken.");
  page.gauge("milter_connections_open", m.milter_connections_open, "Milter connections under way.");
  page.counter("milter_faults_total", m.milter_faults,
               "Milter connections ended for a fault of the protocol.");
  page.counter("recipients_total", m.recipients, "Recipients judged.");
  page.head("submissions_total", "counter",
            "Recipients refused, that would have been refused, excepted or undetermined.");
  for (std::size_t outcome = 0; outcome < m.outcomes.size(); ++outcome) {
    for (std::size_t mode = 0; mode < m.outcomes[outcome].size(); ++mode) {
      for (std::size_t reason = 0; reason < m.outcomes[outcome][mode].size(); ++reason) {
        const std::uint64_t value = m.outcomes[outcome][mode][reason].value();
        if (value == 0) continue;
        page.line(fmt::format(
            "postern_submissions_total{{outcome=\"{}\",mode=\"{}\",reason=\"{}\"}} {}\n",
            name_of(static_cast<ledger::Outcome>(outcome)),
            name_of(static_cast<ledger::Mode>(mode)), reason_name(reason), value));
      }
    }
  }
  page.counter("ledger_rows_total", m.ledger.rows, "Records written to the ledger.");
  page.counter("ledger_drops_total", m.ledger.drops,
               "Records dropped because too many were waiting.");
  page.counter("ledger_failures_total", m.ledger.failures,
               "Times that a batch of records could not be written; it is tried again.");
  page.gauge("ledger_queue", m.ledger.queue, "Records waiting to be written.");
  page.counter("verdicts_sent_total", m.verdicts.sent,
               "Records of the ledger that the cluster acknowledged.");
  page.counter(
      "verdicts_dropped_total", m.verdicts.dropped,
      "Records that were never sent to the cluster: too many waited, or they were deleted.");
  page.counter("verdicts_retries_total", m.verdicts.retries,
               "Times that a record was sent to the cluster once more.");
  page.gauge("verdicts_waiting", m.verdicts.waiting,
             "Records of the ledger that the cluster has not acknowledged.");
  if (m.policy.revision.value() != 0) {
    page.gauge("policy_revision", m.policy.revision, "Revision of the newest change in force.");
    page.gauge("policy_tenants", m.policy.tenants, "Tenants in force.");
    page.gauge("policy_tenants_held_back", m.policy.held_back,
               "Tenants that are not in force in the form that they should be.");
    page.gauge("policy_age", m.policy.age,
               "Seconds since the cluster last told what the policy is.");
  }
  page.counter("reloads_total", m.reloads, "Settings read again and taken.");
  page.counter("reload_failures_total", m.reload_failures, "Settings read again and not taken.");
  page.gauge("ready", m.ready, "1 while mail is served.");
  page.gauge("draining", m.draining, "1 while no new sessions are taken.");
  page.histogram("verdict_seconds", m.verdict_latency,
                 "From RCPT to its answer, where the gate alone answers.");
  page.histogram("message_seconds", m.message_latency, "From the end of a message to its answer.");
  return std::move(page).take();
}

}  // namespace postern::gate
