#include "page/running.hpp"

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/domain.hpp"
#include "base/ip.hpp"
#include "files/whole_file.hpp"
#include "gate/make_config.hpp"
#include "judge/judge.hpp"
#include "policy/tenant.hpp"

namespace postern::page {
namespace {

std::vector<policy::Tenant> rules_of(const std::vector<tenant::Configuration>& tenants) {
  std::vector<policy::Tenant> out;
  out.reserve(tenants.size());
  for (const tenant::Configuration& each : tenants)
    out.push_back(each.tenant);
  return out;
}

// "It is forged" is an answer that senders.toml could hold too.
impact::Pin pin_for(const gate::SenderPin& set, const std::string& file) {
  impact::Pin pin;
  pin.name = set.sender;
  for (const std::string& text : set.addresses) {
    if (const auto address = Prefix::parse(text)) pin.addresses.push_back(*address);
  }
  pin.envelope_senders = set.envelope_senders;
  pin.decision = impact::Decision::refuse;
  pin.note = set.reason;
  pin.where = Place(file, "set at the page by " + set.who);
  return pin;
}

Result<std::vector<impact::Pin>> pins_of(const gate::Settings& settings,
                                         const gate::PageState& state) {
  constexpr std::size_t largest = 16u << 20;
  std::vector<impact::Pin> pins;
  for (const gate::SenderPin& each : state.pins)
    pins.push_back(pin_for(each, settings.page.state_file));
  if (settings.page.senders.empty()) return pins;
  const auto text = files::read_whole(settings.page.senders, largest);
  if (!text) return tl::unexpected(text.error());
  auto read = impact::parse_pins(*text, settings.page.senders);
  if (!read) return tl::unexpected(read.error());
  pins.insert(pins.end(), read->begin(), read->end());
  return pins;
}

// Everything but the gate's configuration, which a change need not make anew.
struct Begun {
  std::shared_ptr<Snapshot> snapshot;
  std::vector<policy::Tenant> rules;  // of its tenants
  judge::Settings judge;              // the file's, with what the page set
};

tl::expected<Begun, Errors> begun(Loaded loaded, gate::PageState state, std::uint64_t number) {
  auto made = std::make_shared<Snapshot>();
  made->settings = std::move(loaded.settings);
  made->tenants = std::move(loaded.tenants);
  made->state = std::move(state);
  made->number = number;
  auto pins = pins_of(made->settings, made->state);
  if (!pins) return tl::unexpected(Errors{pins.error()});
  made->pins = std::move(*pins);
  std::vector<policy::Tenant> rules = rules_of(made->tenants);
  const auto of_file = judge::Judge::make(rules, made->settings.judge);
  if (!of_file) return tl::unexpected(of_file.error());
  made->domains =
      gate::domain_modes(made->settings, rules, **of_file, made->state, &made->left_aside);
  judge::Settings counting = gate::switched(made->settings.judge, **of_file, made->domains);
  return Begun{std::move(made), std::move(rules), std::move(counting)};
}

}  // namespace

const gate::DomainMode* Snapshot::domain_of(std::string_view recipient_domain) const {
  for (std::string_view name = recipient_domain; !name.empty(); name = parent_domain(name)) {
    for (const gate::DomainMode& each : domains) {
      if (each.domain == name) return &each;
    }
  }
  return nullptr;
}

tl::expected<std::unique_ptr<Running>, Errors> Running::start(Read read) {
  std::unique_ptr<Running> running(new Running(std::move(read)));
  if (auto config = running->reload(); !config) return tl::unexpected(config.error());
  return running;
}

std::shared_ptr<const Snapshot> Running::now() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

void Running::put(std::shared_ptr<const Snapshot> snapshot) {
  const std::lock_guard lock(mutex_);
  snapshot_ = std::move(snapshot);
}

Running::Made Running::make(Loaded loaded, gate::PageState state) const {
  const auto before = now();
  auto made = begun(std::move(loaded), std::move(state), before ? before->number + 1 : 1);
  if (!made) return tl::unexpected(made.error());
  gate::Settings settings = made->snapshot->settings;
  settings.judge = made->judge;
  auto config = gate::make_config(settings, judge::Judge::make(made->rules, settings.judge));
  if (!config) return tl::unexpected(config.error());
  made->snapshot->config = std::move(*config);
  return made->snapshot;
}

tl::expected<std::shared_ptr<const gate::GateConfig>, Errors> Running::reload() {
  auto loaded = read_();
  if (!loaded) return tl::unexpected(loaded.error());
  gate::PageState state;
  if (loaded->settings.page.open()) {
    auto kept = gate::read_page_state(loaded->settings.page.state_file);
    if (!kept) return tl::unexpected(Errors{kept.error()});
    state = std::move(*kept);
  }
  auto made = make(std::move(*loaded), std::move(state));
  if (!made) return tl::unexpected(made.error());
  put(*made);
  return (*made)->config;
}

// On the control thread. Certificates and hops stay as they were loaded; the modes alone are new.
Result<std::shared_ptr<const Snapshot>> Running::altered(const Alter& alter) const {
  const auto before = now();
  if (!before->settings.page.open()) {
    return fail("has no [page] any more, and takes no change", before->settings.file);
  }
  gate::PageState state = before->state;
  if (auto done = alter(state, *before); !done) return tl::unexpected(done.error());
  auto made = begun({before->settings, before->tenants}, std::move(state), before->number + 1);
  if (!made) return tl::unexpected(made.error().front());
  auto judge = judge::Judge::make(made->rules, made->judge);
  if (!judge) return tl::unexpected(judge.error().front());
  auto config = std::make_shared<gate::GateConfig>(*before->config);
  config->judge = std::move(*judge);
  const Snapshot& snapshot = *made->snapshot;
  made->snapshot->config = std::move(config);
  // On disk before it counts.
  if (auto kept = gate::write_page_state(snapshot.settings.page.state_file, snapshot.state);
      !kept) {
    return tl::unexpected(kept.error());
  }
  return made->snapshot;
}

Result<void> Running::change(const Alter& alter) {
  // Shared with a task that the gate may drop when it ends: then nobody is left to fill it in.
  struct Answer {
    std::mutex mutex;
    std::condition_variable wake;
    std::optional<Result<void>> done;
  };
  struct Asked {
    std::shared_ptr<Answer> answer = std::make_shared<Answer>();
    void say(Result<void> what) const {
      const std::lock_guard lock(answer->mutex);
      if (!answer->done) answer->done = std::move(what);
      answer->wake.notify_one();
    }
    ~Asked() {
      say(fail("is about to end, and takes no change", "the gate", "start it, and try again"));
    }
  };
  auto asked = std::make_shared<Asked>();
  const auto answer = asked->answer;
  control_.run([this, alter, asked]() -> std::shared_ptr<const gate::GateConfig> {
    auto made = altered(alter);
    if (made) put(*made);
    asked->say(made ? Result<void>{} : tl::unexpected(made.error()));
    return made ? (*made)->config : nullptr;
  });
  asked.reset();
  std::unique_lock lock(answer->mutex);
  answer->wake.wait(lock, [&] { return answer->done.has_value(); });
  return *answer->done;
}

}  // namespace postern::page
