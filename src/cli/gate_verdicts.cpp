#include "cli/gate_verdicts.hpp"

#include <cstdint>
#include <string>
#include <utility>

#include "base/ascii.hpp"
#include "cluster/verdict_sink.hpp"
#include "ledger/verdict_id.hpp"

namespace postern::cli {

namespace {

// As docs/gate-file.md says of the key.
Result<std::string> name_among_gates(const gate::Settings& settings, const std::string& host_name) {
  if (!settings.cluster.gate.empty()) return settings.cluster.gate;
  const std::string host = to_lower(host_name);
  std::string label = host.substr(0, host.find('.'));
  const bool good = !label.empty() && label != "localhost" && ledger::token_of(label) == label;
  if (good) return label;
  return fail("has no gate, and the machine no name that could stand for it", "[cluster]",
              "add gate = \"mx1\", another name on each machine");
}

}  // namespace

Result<std::unique_ptr<gate::VerdictPublisher>> send_verdicts(const gate::Settings& settings,
                                                              const std::string& host_name,
                                                              gate::EventLog& log,
                                                              gate::Metrics& metrics) {
  if (settings.ledger.file.empty() || !settings.cluster.is_there()) return nullptr;
  const auto name = name_among_gates(settings, host_name);
  if (!name) return tl::unexpected(name.error());
  gate::PublisherOptions options;
  options.ledger = settings.ledger.file;
  options.gate = *name;
  options.keep_rows = settings.cluster.keep_rows;
  options.keep_bytes = settings.cluster.keep_bytes;
  options.on_change = [&log, &metrics](bool failing, const std::string& why) {
    gate::LogLine line(failing ? "verdicts_wait" : "verdicts_go_on", gate::Weight::fault);
    if (failing) line.add("why", why);
    line.add("waiting", metrics.verdicts.waiting.value());
    line.add("dropped", static_cast<std::int64_t>(metrics.verdicts.dropped.value()));
    log.write(line);
  };
  auto sink = cluster::make_verdict_sink(settings.cluster, *name);
  if (!sink) return fail("this postern was built without libnats", "[cluster]");
  return gate::VerdictPublisher::open(std::move(options), std::move(sink), metrics.verdicts);
}

}  // namespace postern::cli
