#include "page/site.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "base/embedded.hpp"
#include "ledger/reader.hpp"
#include "page/documents.hpp"
#include "page/hour.hpp"
#include "page/standing.hpp"
#include "page/surveyor.hpp"

namespace postern::page {

// Generated from html/ (cmake/embed.cmake).
std::span<const EmbeddedFile> embedded_files() noexcept;

namespace {

using gate::PageAnswer;
using gate::PageRequest;

/// A number that only grows, and when it did so last.
class Rising {
 public:
  /// Whether it grew within the last `seconds`.
  bool lately(std::uint64_t value, UnixTime now, UnixTime seconds) {
    if (value > value_) rose_ = now;
    value_ = value;
    return rose_ && now - *rose_ < seconds;
  }

 private:
  std::uint64_t value_ = 0;
  std::optional<UnixTime> rose_;
};

PageAnswer error(unsigned status, std::string_view what) {
  return {status, error_json(what)};
}

// The text members of a body; nothing where it is no object of texts.
std::optional<std::map<std::string, std::string>> texts_of(const std::string& body) {
  const auto said = nlohmann::json::parse(body, nullptr, false);
  if (!said.is_object()) return std::nullopt;
  std::map<std::string, std::string> out;
  for (const auto& [key, value] : said.items()) {
    if (!value.is_string()) return std::nullopt;
    out[key] = value.get<std::string>();
  }
  return out;
}

class Site final : public gate::PageSite, public std::enable_shared_from_this<Site> {
 public:
  explicit Site(Surroundings around)
      : around_(std::move(around)),
        surveyor_(around_.ledger, around_.running, around_.now, around_.seed),
        started_(around_.now()) {}

  [[nodiscard]] const EmbeddedFile* file(std::string_view path) const override {
    std::string_view name = path == "/" ? "gate.html" : path;
    if (name.starts_with("/assets/")) name.remove_prefix(8);
    if (name != "gate.html" && !path.starts_with("/assets/")) return nullptr;
    for (const EmbeddedFile& each : embedded_files()) {
      if (each.name == name) return &each;
    }
    return nullptr;
  }

  PageAnswer answer(const PageRequest& asked) override {
    if (asked.changes) {
      if (asked.path == "/api/mode") return set_mode(asked);
      if (asked.path == "/api/pin") return set_pin(asked);
      return error(404, "there is no such thing to change");
    }
    if (asked.path == "/api/state") return {200, state()};
    if (asked.path == "/api/senders") {
      surveyor_.want();
      std::string fault;
      const auto survey = surveyor_.latest(&fault);
      return {200, senders_json(*around_.running.now(), survey.get(), fault)};
    }
    if (asked.path == "/api/changes") return changes();
    if (asked.path == "/api/rows") return rows();
    return error(404, "there is no such page");
  }

  std::unique_ptr<gate::PageStream> events(std::int64_t after) override;

  // --- for the streams ---

  // The state, made anew at most once a second however many look.
  std::string state() {
    const UnixTime now = around_.now();
    const auto snapshot = around_.running.now();
    surveyor_.want();
    std::string fault;
    const auto survey = surveyor_.latest(&fault);
    if (now == state_made_ && snapshot->number == state_of_ && survey == state_by_) return state_;
    follow(now, survey);
    Health health;
    health.ready = around_.metrics.ready.value() == 1;
    health.draining = around_.metrics.draining.value() != 0;
    health.hop_fails = hops_.lately(around_.metrics.next_hop_failures.value(), now, 120);
    health.ledger_is_on = !around_.ledger.empty();
    health.ledger_drops = drops_.lately(around_.metrics.ledger.drops.value(), now, 3600);
    health.lost_records =
        drops_.lately(around_.metrics.ledger.drops.value(), now, Survey::days * 86400);
    health.ledger_fails = failures_.lately(around_.metrics.ledger.failures.value(), now, 10);
    health.ledger_fault = fault.empty() ? fault_ : fault;
    health.is_surveyed = survey != nullptr;
    state_ = state_json(
        {*snapshot, survey.get(), around_.metrics, health, hour_.by_minute(now), now, started_});
    state_made_ = now;
    state_of_ = snapshot->number;
    state_by_ = survey;
    return state_;
  }

  // The open ledger; nullptr where there is none, or it can't be read.
  ledger::Reader* reader() {
    if (around_.ledger.empty()) return nullptr;
    if (!reader_) {
      auto opened = ledger::Reader::open(around_.ledger);
      fault_ = opened ? std::string{} : opened.error().line();
      if (opened) reader_ = std::move(*opened);
    }
    return reader_.get();
  }
  // What was read did not go well: another time.
  void lose(const Error& why) {
    fault_ = why.line();
    reader_.reset();
  }
  [[nodiscard]] std::shared_ptr<const Survey> survey() const { return surveyor_.latest(); }
  [[nodiscard]] std::string domain_of(const ledger::Record& record) const {
    const auto name = normalise_domain(domain_of_address(record.recipient));
    const auto snapshot = around_.running.now();
    const gate::DomainMode* found = name ? snapshot->domain_of(*name) : nullptr;
    return found == nullptr ? std::string{} : found->domain;
  }

 private:
  void follow(UnixTime now, const std::shared_ptr<const Survey>& survey) {
    // Of a flood a piece at a time: what is left comes with the next second.
    constexpr std::size_t most_at_once = 20'000;
    hour_.look_again(survey);
    ledger::Reader* ledger = reader();
    if (ledger == nullptr) return;
    const auto newest = ledger->newest();
    if (!newest) return lose(newest.error());
    // Ids begin anew where all rows were swept.
    if (*newest < followed_) followed_ = 0;
    if (!has_followed_) {
      followed_ = std::max<std::int64_t>(0, *newest - Survey::most_rows);
      has_followed_ = true;
    }
    ledger::Filter last_hour;
    last_hour.since = now - 3600;
    std::size_t taken = 0;
    const auto read = ledger->read_facts(last_hour, followed_, [&](const ledger::Row& row) {
      followed_ = row.id;
      if (row.fault.empty()) hour_.add(row.record, now);
      return ++taken < most_at_once;
    });
    if (!read) return lose(read.error());
    if (taken < most_at_once) followed_ = std::max(followed_, *newest);
  }

  // The newest few, the newest first.
  PageAnswer rows() {
    constexpr std::int64_t most_shown = 20;
    std::vector<ledger::Row> newest;
    if (ledger::Reader* ledger = reader()) {
      const auto last = ledger->newest();
      auto read = last ? ledger->read_facts({}, *last - most_shown,
                                            [&](const ledger::Row& row) {
                                              if (row.fault.empty()) newest.push_back(row);
                                              return true;
                                            })
                       : tl::unexpected(last.error());
      if (!read) {
        lose(read.error());
        return error(503, fault_);
      }
    }
    std::reverse(newest.begin(), newest.end());
    Json out;
    {
      JsonObject object(out);
      object.list("rows", newest, [this](Json& each, const ledger::Row& row) {
        write_row(each, row, survey().get(), domain_of(row.record));
      });
    }
    return {200, std::move(out).take()};
  }

  PageAnswer changes() {
    constexpr std::size_t most_changes = 200;
    std::vector<ledger::ChangeRow> rows;
    if (ledger::Reader* ledger = reader()) {
      auto read = ledger->changes(most_changes);
      if (!read) {
        lose(read.error());
        return error(503, fault_);
      }
      rows = std::move(*read);
    }
    return {200, changes_json(rows, *around_.running.now(), !around_.ledger.empty())};
  }

  void keep(ledger::Change change) {
    around_.log.write(gate::LogLine("page_changed")
                          .add("what", change.what)
                          .add("name", change.name)
                          .add("before", change.before)
                          .add("after", change.after)
                          .add("who", change.who)
                          .add("reason", change.reason));
    if (around_.keep) around_.keep(std::move(change));
  }

  PageAnswer set_mode(const PageRequest& asked) {
    const auto said = texts_of(asked.body);
    const auto member = [&](const char* key) {
      const auto found = said->find(key);
      return found == said->end() ? std::string{} : found->second;
    };
    if (!said) return error(400, "no object of texts");
    const std::string domain = member("domain");
    const std::string mode = member("mode");
    const std::string reason = member("reason");
    const bool enforces = mode == name_of(ledger::Mode::enforce);
    if (!enforces && mode != name_of(ledger::Mode::observe)) {
      return error(400, "mode must be observe or enforce");
    }
    // What enforcing refuses is gone: who wants it says so twice, and why.
    if (enforces && member("typed") != domain) {
      return error(400, "type the name of the domain to enforce it");
    }
    if (enforces && trim(reason).empty()) return error(400, "say why");
    gate::ModeSwitch set{domain, enforces ? ledger::Mode::enforce : ledger::Mode::observe,
                         around_.now(), asked.who, reason.substr(0, 500)};
    std::string before;
    auto changed = around_.running.change(
        [&set, &before](gate::PageState& state, const Snapshot& now) -> Result<void> {
          const auto found = std::find_if(now.domains.begin(), now.domains.end(),
                                          [&](const auto& d) { return d.domain == set.domain; });
          if (found == now.domains.end()) return fail("is no accepted domain", set.domain);
          if (found->locked) return fail("is locked in gate.toml", set.domain);
          if (!found->is_offered()) {
            return fail("is not the page's to switch: gate.toml has its mode", set.domain,
                        "change it there");
          }
          before = name_of(found->mode);
          std::erase_if(state.modes, [&](const auto& m) { return m.domain == set.domain; });
          state.modes.push_back(set);
          return {};
        });
    if (!changed) return error(409, changed.error().line());
    keep({set.since, "mode", set.domain, before, mode, set.who, set.reason});
    return {200, state()};
  }

  // The sender that the page named, as the survey has it.
  static const impact::Sender* find(const Survey& survey, const std::string& domain,
                                    const std::string& name) {
    const DomainSurvey* found = survey.of(domain);
    if (found == nullptr) return nullptr;
    for (const impact::Sender& each : found->senders) {
      if (each.name == name && !each.is_rest) return &each;
    }
    return nullptr;
  }

  PageAnswer set_pin(const PageRequest& asked) {
    const auto said = texts_of(asked.body);
    if (!said || !said->contains("sender")) return error(400, "name a sender");
    const std::string name = said->at("sender");
    const bool forged = said->contains("forged") && said->at("forged") == "yes";
    const std::string reason =
        said->contains("reason") ? said->at("reason").substr(0, 500) : std::string{};
    gate::SenderPin pin{name, {}, {}, around_.now(), asked.who, reason};
    if (forged) {
      const auto survey = surveyor_.latest();
      const impact::Sender* sender =
          survey && said->contains("domain") ? find(*survey, said->at("domain"), name) : nullptr;
      if (sender == nullptr) return error(404, "no such sender any more: look again");
      if (sender->addresses.empty() || sender->addresses.size() != sender->address_count) {
        return error(409, "its addresses are too many for a pin: say it in senders.toml");
      }
      for (const IpAddress& each : sender->addresses)
        pin.addresses.push_back(each.text());
      if (!sender->reverse_path_count_is_estimate &&
          sender->reverse_path_count == sender->reverse_paths.size()) {
        pin.envelope_senders = sender->reverse_paths;
      }
    }
    bool was_there = false;
    auto changed =
        around_.running.change([&](gate::PageState& state, const Snapshot&) -> Result<void> {
          was_there =
              std::erase_if(state.pins, [&](const auto& each) { return each.sender == name; }) > 0;
          if (!forged && !was_there) return fail("is not pinned", name);
          if (forged) state.pins.push_back(pin);
          return {};
        });
    if (!changed) return error(409, changed.error().line());
    keep({pin.since, "pin", name, was_there ? "forged" : "", forged ? "forged" : "", pin.who,
          reason});
    surveyor_.want();
    return {200, "{}"};
  }

  Surroundings around_;
  std::unique_ptr<ledger::Reader> reader_;
  std::string fault_;
  Hour hour_;
  std::int64_t followed_ = 0;
  bool has_followed_ = false;
  Rising hops_, drops_, failures_;
  std::string state_;
  UnixTime state_made_ = -1;
  std::uint64_t state_of_ = 0;
  std::shared_ptr<const Survey> state_by_;
  Surveyor surveyor_;
  UnixTime started_;
};

// Rows one by one, as far as a person can follow them; beyond that their number.
class Events final : public gate::PageStream {
 public:
  Events(std::shared_ptr<Site> site, std::int64_t after) : site_(std::move(site)), last_(after) {
    is_new_ = after < 0;
  }

  std::string next() override {
    std::string out;
    tell_rows(out);
    out += "event: state\ndata: " + site_->state() + "\n\n";
    return out;
  }

 private:
  static constexpr std::size_t at_first = 50;       ///< shown to who comes
  static constexpr std::size_t most_resumed = 200;  ///< one by one, to who comes back
  static constexpr std::size_t most_a_second = 10;
  static constexpr std::size_t most_read = 5000;

  void tell_rows(std::string& out) {
    ledger::Reader* ledger = site_->reader();
    if (ledger == nullptr) return;
    const auto newest = ledger->newest();
    if (!newest) return site_->lose(newest.error());
    if (*newest < last_) last_ = 0;
    if (is_new_) last_ = std::max<std::int64_t>(0, *newest - static_cast<std::int64_t>(at_first));
    const std::size_t most = is_first_ ? most_resumed : most_a_second;
    std::vector<ledger::Row> rows;
    Flood flood;
    std::map<std::string, std::uint64_t> clients;
    const auto read = ledger->read_facts({}, last_, [&](const ledger::Row& row) {
      last_ = row.id;
      ++flood.rows;
      if (row.fault.empty()) ++flood.outcomes[static_cast<std::size_t>(row.record.outcome)];
      if (clients.size() < 1000) {
        ++clients[row.record.client ? row.record.client->text() : "unknown"];
      }
      if (rows.size() <= most) rows.push_back(row);
      return flood.rows < most_read;
    });
    if (!read) return site_->lose(read.error());
    is_new_ = is_first_ = false;
    if (rows.size() <= most) {
      for (const ledger::Row& row : rows)
        tell(out, row);
    } else {
      flood.clients.assign(clients.begin(), clients.end());
      std::stable_sort(flood.clients.begin(), flood.clients.end(),
                       [](const auto& a, const auto& b) { return a.second > b.second; });
      if (flood.clients.size() > 5) flood.clients.resize(5);
      Json data;
      write_flood(data, flood);
      frame(out, "flood", last_, data);
    }
  }

  void tell(std::string& out, const ledger::Row& row) {
    if (!row.fault.empty()) return;
    Json data;
    write_row(data, row, site_->survey().get(), site_->domain_of(row.record));
    frame(out, "row", row.id, data);
  }

  static void frame(std::string& out, std::string_view event, std::int64_t id, const Json& data) {
    out += "event: ";
    out += event;
    out += "\nid: " + std::to_string(id) + "\ndata: " + data.str() + "\n\n";
  }

  std::shared_ptr<Site> site_;
  std::int64_t last_;
  bool is_new_ = false;
  bool is_first_ = true;
};

std::unique_ptr<gate::PageStream> Site::events(std::int64_t after) {
  return std::make_unique<Events>(shared_from_this(), after);
}

}  // namespace

std::shared_ptr<gate::PageSite> make_site(Surroundings around) {
  return std::make_shared<Site>(std::move(around));
}

}  // namespace postern::page
