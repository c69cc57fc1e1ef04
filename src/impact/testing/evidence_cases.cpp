#include "impact/testing/evidence_cases.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/ascii.hpp"
#include "base/testing/reading.hpp"
#include "policy/readings.hpp"
#include "tenant/load.hpp"

namespace postern::impact::testing {
namespace {

using Words = std::vector<std::string>;
using policy::Known;
using policy::ReversePath;

constexpr UnixTime first_day = 1'790'812'800;  // 1 October 2026
constexpr UnixTime morning = 8 * 3600;

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
  return fault == std::errc{} && end == text.data() + text.size() && !text.empty()
             ? std::optional(out)
             : std::nullopt;
}

// "1-3,7": the numbers 1, 2, 3 and 7.
std::optional<std::vector<std::uint64_t>> numbers(std::string_view text) {
  std::vector<std::uint64_t> out;
  for (const std::string_view part : split(text, ',')) {
    const std::size_t dash = part.find('-');
    const auto first = number(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number(part.substr(dash + 1));
    if (!first || !last) return std::nullopt;
    for (std::uint64_t n = *first; n <= *last; ++n)
      out.push_back(n);
  }
  return out;
}

template <class Value, std::size_t N>
bool take_word(std::string_view word, const std::array<std::string_view, N>& names, Value& into) {
  const auto place = std::find(names.begin(), names.end(), word);
  if (place == names.end()) return false;
  into = static_cast<Value>(place - names.begin());
  return true;
}

constexpr std::array<std::string_view, 8> results = {
    "?", "none", "pass", "fail", "softfail", "neutral", "temperror", "permerror"};
constexpr std::array<std::string_view, 6> deliveries = {"?",          "inbox",   "junk",
                                                        "quarantine", "blocked", "failed"};
constexpr std::array<std::string_view, 3> knowledge = {"?", "no", "yes"};
constexpr std::array<std::string_view, 6> claims = {"none",          "believed",    "verified",
                                                    "not_confirmed", "not_checked", "carried"};

// A line of `mail`: one message on each of the days, `times` times. "{n}" in a text is the
// message's number within the line.
class MailLine {
 public:
  std::string read(const Words& words) {
    if (words.size() % 2 != 0) return "a word without a value";
    for (std::size_t i = 0; i < words.size(); i += 2) {
      if (std::string fault = take(words[i], words[i + 1]); !fault.empty()) return fault;
    }
    return {};
  }

  std::string add_to(std::vector<OwnedMessage>& list) const {
    std::uint64_t n = 0;
    for (const std::uint64_t day : days_) {
      for (std::uint64_t i = 0; i < times_; ++i) {
        OwnedMessage m = pattern_;
        ++n;
        for (std::string* text : {&m.from, &m.header_from, &m.to, &m.helo, &m.client_hostname,
                                  &m.message_id, &m.network_message_id, &m.subject})
          number_in(*text, n);
        std::string address = address_;
        number_in(address, n);
        m.facts.submission.client_ip = IpAddress::parse(address);
        if (!m.facts.submission.client_ip && address != "?") return "no such address: " + address;
        if (day > 0) {
          m.facts.submission.time = first_day + morning + static_cast<UnixTime>(day - 1) * 86400 +
                                    static_cast<UnixTime>(i);
        }
        list.push_back(std::move(m));
      }
    }
    return {};
  }

 private:
  static void number_in(std::string& text, std::uint64_t n) {
    const std::size_t at = text.find("{n}");
    if (at != std::string::npos) text.replace(at, 3, std::to_string(n));
  }

  std::string take(const std::string& key, const std::string& value) {
    struct Text {
      std::string_view key;
      std::string* into;
    };
    const std::array<Text, 12> texts = {{{"from", &pattern_.from},
                                         {"header_from", &pattern_.header_from},
                                         {"to", &pattern_.to},
                                         {"helo", &pattern_.helo},
                                         {"ptr", &pattern_.client_hostname},
                                         {"id", &pattern_.message_id},
                                         {"network_id", &pattern_.network_message_id},
                                         {"subject", &pattern_.subject},
                                         {"source", &pattern_.source},
                                         {"received_by", &pattern_.received_by},
                                         {"reported_domain", &pattern_.reported_domain},
                                         {"upstream", &pattern_.upstream_hostname}}};
    for (const Text& text : texts) {
      if (text.key == key) {
        *text.into = value;
        return {};
      }
    }
    return take_fact(key, value);
  }

  std::string take_fact(const std::string& key, const std::string& value) {
    evidence::Message& m = pattern_.facts;
    policy::Submission& s = m.submission;
    const auto known = [](bool fits) { return fits ? std::string{} : "no such value"; };
    if (key == "day") {
      if (value == "?") {
        days_ = {0};
      } else if (auto days = numbers(value)) {
        days_ = std::move(*days);
      } else {
        return "no such days";
      }
    } else if (key == "times" || key == "count") {
      const auto given = number(value);
      if (!given) return "no number";
      (key == "times" ? times_ : m.count) = *given;
    } else if (key == "ip") {
      address_ = value;
    } else if (key == "spf") {
      return known(take_word(value, results, m.results.spf));
    } else if (key == "dkim") {
      return known(take_word(value, results, m.results.dkim));
    } else if (key == "dmarc") {
      return known(take_word(value, results, m.results.dmarc));
    } else if (key == "compauth") {
      return known(take_word(value, results, m.results.compauth));
    } else if (key == "published_spf") {
      return known(take_word(value, results, m.results.published_spf));
    } else if (key == "signed_by_author") {
      return known(take_word(value, knowledge, m.results.dkim_is_authors));
    } else if (key == "taken_in") {
      m.taken_in = value == "yes";
    } else if (key == "signed_by_acs") {
      m.results.dkim_is_acs = value == "yes";
    } else if (key == "forwarded") {
      return known(take_word(value, knowledge, m.forwarded));
    } else if (key == "first_contact") {
      return known(take_word(value, knowledge, m.first_contact));
    } else if (key == "claims") {
      return known(take_word(value, claims, m.results.claims));
    } else if (key == "delivery") {
      return known(take_word(value, deliveries, m.delivery));
    } else if (key == "told_by") {
      static constexpr std::array<std::string_view, 4> who = {"exchange", "report", "own_server",
                                                              "mailbox"};
      std::uint8_t told_by = 0;
      if (!take_word(value, who, told_by)) return "no such value";
      m.view = static_cast<evidence::View>(1u << told_by);
    } else if (key == "refusal") {
      m.refusal = value == "5.7.68"   ? evidence::Refusal::direct_send
                  : value == "5.7.51" ? evidence::Refusal::restriction
                                      : evidence::Refusal::none;
      return known(m.refusal != evidence::Refusal::none);
    } else if (key == "judged") {
      m.judged_direct_send = value == "direct_send";
      return known(m.judged_direct_send);
    } else if (key == "auth") {
      return known(take_word(value, knowledge, s.authenticated));
    } else if (key == "tls") {
      return known(take_word(value, knowledge, s.tls));
    } else if (key == "cert") {
      s.certificate.state = value == "?"      ? policy::ClientCertificate::State::unknown
                            : value == "none" ? policy::ClientCertificate::State::none
                                              : policy::ClientCertificate::State::presented;
      pattern_.certificate = value;
    } else if (key == "observed") {
      using State = policy::ObservedAttribution::State;
      s.observed.state = value == "?"         ? State::unknown
                         : value == "default" ? State::default_connector
                                              : State::connector;
      pattern_.connector = value;
    } else if (key == "sender_address") {
      // As summaries and traces have it: the envelope sender or the From, nobody knows which.
      pattern_.from = value;
      m.reverse_path_uncertain = true;
    } else {
      return "unknown word '" + key + "'";
    }
    return {};
  }

  OwnedMessage pattern_ = [] {
    OwnedMessage out;
    out.facts.submission.authenticated = Known::no;
    out.facts.submission.tls = Known::yes;
    out.facts.submission.certificate.state = policy::ClientCertificate::State::none;
    out.source = "evidence";
    return out;
  }();
  std::vector<std::uint64_t> days_ = {1};
  std::uint64_t times_ = 1;
  std::string address_ = "?";
};

class CaseReader {
 public:
  explicit CaseReader(std::string path) : path_(std::move(path)) {}

  Result<std::vector<EvidenceCase>> run() {
    std::ifstream file(path_);
    if (!file) return fail("can't be opened", path_);
    std::string line;
    while (std::getline(file, line)) {
      ++line_;
      const std::string trouble = take(line);
      if (!trouble.empty()) return fail(trouble, fmt::format("{}:{}", path_, line_));
    }
    if (std::string trouble = close_settings(); !trouble.empty()) {
      return fail(trouble, fmt::format("{}:{}", path_, line_));
    }
    return std::move(cases_);
  }

 private:
  enum class Block : std::uint8_t { none, tenant, senders, in_case };

  std::string take(const std::string& line) {
    if (trim(line).empty() || line.starts_with('#')) return {};
    if (line[0] != ' ') return begin(line);
    if (block_ == Block::tenant || block_ == Block::senders) {
      settings_ += line + "\n";
      return {};
    }
    if (block_ != Block::in_case) return "a case must come first";
    return take_case(postern::testing::words_of(line));
  }

  std::string begin(const std::string& line) {
    if (std::string trouble = close_settings(); !trouble.empty()) return trouble;
    if (line == "tenant") {
      block_ = Block::tenant;
      pins_.clear();
    } else if (line == "senders") {
      block_ = Block::senders;
    } else if (line.starts_with("case ")) {
      block_ = Block::in_case;
      EvidenceCase& next = cases_.emplace_back();
      next.file = path_;
      next.line = line_;
      next.title = std::string(trim(std::string_view(line).substr(5)));
      next.configuration = configuration_;
      next.pins = pins_;
      next.options.most_joined = 100'000;
    } else {
      return "unknown word: " + line;
    }
    return {};
  }

  std::string close_settings() {
    std::string trouble;
    if (block_ == Block::tenant) {
      auto parsed = tenant::parse(settings_, path_ + ".toml");
      if (parsed) {
        configuration_ = std::move(*parsed);
      } else {
        trouble = parsed.error().line();
      }
    } else if (block_ == Block::senders) {
      auto parsed = parse_pins(settings_, path_ + ".toml");
      if (parsed) {
        pins_ = std::move(*parsed);
      } else {
        trouble = parsed.error().line();
      }
    }
    settings_.clear();
    block_ = Block::none;
    return trouble;
  }

  std::string take_case(const Words& words) {
    EvidenceCase& current = cases_.back();
    const Words rest(words.begin() + 1, words.end());
    if (words[0] == "=>") {
      current.expected.push_back({line_, rest});
      return {};
    }
    if (words[0] == "mail") {
      MailLine mail;
      if (std::string fault = mail.read(rest); !fault.empty()) return fault;
      return mail.add_to(current.messages);
    }
    if (words[0] == "asked" && words.size() == 3) {
      current.options.since = parse_time(words[1] + "T00:00:00Z");
      current.options.until = parse_time(words[2] + "T00:00:00Z");
      return current.options.since && current.options.until ? "" : "no such period";
    }
    if (words[0] == "row" && words.size() >= 4) return other_row(current, rest);
    return "unknown word '" + words[0] + "'";
  }

  // "row lost 3 trace.csv": so many rows of that file.
  static std::string other_row(EvidenceCase& current, const Words& words) {
    static constexpr std::array<std::string_view, 4> kinds = {"lost", "unread_file",
                                                              "incomplete_file", "not_relevant"};
    OtherRow row;
    const auto count = number(words[1]);
    if (!take_word(words[0], kinds, row.kind) || !count) return "no such row";
    row.count = *count;
    row.source = words[2];
    current.others.push_back(std::move(row));
    return {};
  }

  std::string path_;
  int line_ = 0;
  Block block_ = Block::none;
  std::string settings_;
  tenant::Configuration configuration_;
  std::vector<Pin> pins_;
  std::vector<EvidenceCase> cases_;
};

void add_others(const EvidenceCase& given, const std::string& source, Collector& collector,
                evidence::Tally& tally) {
  for (const OtherRow& row : given.others) {
    if (row.source != source) continue;
    tally.incomplete = tally.incomplete || row.kind == OtherRow::Kind::incomplete_file;
    if (row.kind == OtherRow::Kind::incomplete_file) continue;
    for (std::uint64_t i = 0; i < row.count; ++i) {
      ++tally.rows;
      if (row.kind == OtherRow::Kind::not_relevant) {
        collector.not_relevant(evidence::NotRelevant::outbound);
        continue;
      }
      const bool whole = row.kind == OtherRow::Kind::unread_file;
      collector.bad({source, whole ? 0 : i + 1, 0, {}, whole ? "is in no known format" : "is cut"});
      ++tally.bad;
    }
  }
}

}  // namespace

evidence::Message OwnedMessage::view() const {
  evidence::Message m = facts;
  policy::Submission& s = m.submission;
  if (from == "<>") {
    s.reverse_path.state = ReversePath::State::null;
  } else if (!from.empty() && from != "?") {
    m.reverse_path = from;
    if (m.reverse_path_uncertain) {
      m.header_from_domain = std::string_view(from).substr(from.find('@') + 1);
    } else {
      s.reverse_path = {ReversePath::State::address,
                        std::string_view(from).substr(from.find('@') + 1)};
    }
  }
  if (!header_from.empty()) {
    m.header_from = header_from;
    m.header_from_domain = std::string_view(header_from).substr(header_from.find('@') + 1);
  }
  if (!to.empty() && to != "?") {
    m.recipient = to;
    s.recipient_domain = std::string_view(to).substr(to.find('@') + 1);
  }
  if (s.observed.state == policy::ObservedAttribution::State::connector) {
    s.observed.connector = connector;
  }
  if (s.certificate.state == policy::ClientCertificate::State::presented) {
    s.certificate.subject = certificate;
  }
  m.helo = helo;
  m.client_hostname = client_hostname;
  m.message_id = message_id;
  m.network_message_id = network_message_id;
  m.subject = subject;
  m.received_by = received_by;
  m.reported_domain = reported_domain;
  m.upstream_hostname = upstream_hostname;
  return m;
}

Report EvidenceCase::report() const {
  const auto readings = policy::Readings::of(configuration.tenant);
  if (!readings) {
    ADD_FAILURE() << readings.error().front().line();
    return {};
  }
  Collector collector(*readings, context_of(configuration, {}, pins), options);
  std::vector<std::string> sources;
  const auto name = [&](const std::string& source) {
    if (std::find(sources.begin(), sources.end(), source) == sources.end()) {
      sources.push_back(source);
    }
  };
  for (const OwnedMessage& m : messages)
    name(m.source);
  for (const OtherRow& row : others)
    name(row.source);
  for (const std::string& source : sources) {
    evidence::Tally tally;
    tally.file = source;
    for (const OwnedMessage& m : messages) {
      if (m.source != source) continue;
      collector.message(m.view());
      ++tally.rows;
      ++tally.messages;
    }
    add_others(*this, source, collector, tally);
    collector.file_done(tally);
  }
  return collector.finish();
}

Result<std::vector<EvidenceCase>> read_evidence_cases(const std::string& path) {
  return CaseReader(path).run();
}

std::vector<EvidenceCase> cases_of(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(POSTERN_SOURCE_DIR "/tests/" + folder)) {
    if (entry.path().extension() == ".txt") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<EvidenceCase> cases;
  for (const auto& path : paths) {
    auto read = read_evidence_cases(path.string());
    EXPECT_TRUE(read) << (read ? "" : read.error().line());
    if (read) std::move(read->begin(), read->end(), std::back_inserter(cases));
  }
  return cases;
}

}  // namespace postern::impact::testing
