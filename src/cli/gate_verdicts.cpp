#include "cli/gate_verdicts.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <unistd.h>
#include <utility>

#include "base/ascii.hpp"
#include "cluster/tenant_value.hpp"
#include "cluster/verdict_sink.hpp"

namespace postern::cli {

// As docs/gate-file.md says of the key.
Result<std::string> name_among_gates(const gate::Settings& settings) {
  if (!settings.cluster.gate.empty()) return settings.cluster.gate;
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  std::string label = to_lower(settings.host_name.empty() ? host : settings.host_name);
  label.erase(std::min(label.find('.'), label.size()));
  if (cluster::is_tenant_id(label) && label != "localhost") return label;
  return fail("has no gate, and the machine no name that could stand for it", "[cluster]",
              "add gate = \"mx1\", another name on each machine");
}

Result<std::unique_ptr<gate::VerdictPublisher>> send_verdicts(const gate::Settings& settings,
                                                              const std::string& gate,
                                                              gate::EventLog& log,
                                                              gate::Metrics& metrics) {
  if (settings.ledger.file.empty() || !settings.cluster.is_there()) return nullptr;
  gate::PublisherOptions options;
  options.ledger = settings.ledger.file;
  options.gate = gate;
  options.keep_rows = settings.cluster.keep_rows;
  options.keep_bytes = settings.cluster.keep_bytes;
  options.on_change = [&log, &metrics](bool failing, const std::string& why) {
    gate::LogLine line(failing ? "verdicts_wait" : "verdicts_go_on", gate::Weight::fault);
    if (failing) line.add("why", why);
    line.add("waiting", metrics.verdicts.waiting.value());
    line.add("dropped", static_cast<std::int64_t>(metrics.verdicts.dropped.value()));
    log.write(line);
  };
  auto sink = cluster::make_verdict_sink(settings.cluster, gate);
  return gate::VerdictPublisher::open(std::move(options), std::move(sink), metrics.verdicts);
}

}  // namespace postern::cli
