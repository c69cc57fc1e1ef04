#include "policy/testing/decision_cases.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "base/testing/reading.hpp"

namespace postern::policy {
namespace {

using Words = std::vector<std::string>;

std::string domain_in(const std::string& address) {
  const auto domain = normalise_domain(domain_of_address(address));
  return domain ? *domain : std::string{};
}

// The word for a note: the key of tenant.toml that it hangs on, or its own name where there is
// none.
std::optional<Note> note_of(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, Note>, 4> own_names = {{
      {"san_only", Note::san_only},
      {"never_set", Note::never_set},
      {"not_available", Note::not_available},
      {"observed", Note::observed},
  }};
  for (const auto& [name, note] : own_names) {
    if (name == word) return note;
  }
  for (unsigned bit = 1; bit < 1u << 15; bit <<= 1) {
    const auto note = static_cast<Note>(bit);
    if (!word.empty() && key_of(note) == word) return note;
  }
  return std::nullopt;
}

std::optional<Cloud> cloud_of(std::string_view word) {
  for (const Cloud cloud :
       {Cloud::worldwide, Cloud::gcc, Cloud::gcc_high, Cloud::dod, Cloud::china, Cloud::none}) {
    if (name_of(cloud) == word) return cloud;
  }
  return std::nullopt;
}

Known known(const std::string& word) {
  return word == "?" ? Known::unknown : word == "yes" ? Known::yes : Known::no;
}

class Reader {
 public:
  explicit Reader(std::string path) : path_(std::move(path)) {}

  Result<std::vector<DecisionCase>> run() {
    std::ifstream file(path_);
    if (!file) return fail("can't be opened", path_);
    std::string line;
    while (std::getline(file, line)) {
      ++line_;
      const Words words =
          testing::words_of(line.substr(0, line.starts_with('#') ? 0 : line.size()));
      if (words.empty()) continue;
      const std::string trouble = take(words, line);
      if (!trouble.empty()) return fail(trouble, fmt::format("{}:{}", path_, line_));
    }
    return std::move(cases_);
  }

 private:
  std::string take(const Words& words, const std::string& line) {
    if (words[0] == "tenant" || (words[0] == "and" && words.size() > 1 && words[1] == "tenant")) {
      if (words[0] == "tenant") tenants_.clear();
      tenants_.emplace_back().name = words.back();
      tenants_.back().reject_direct_send = RejectDirectSend::unknown;
      return {};
    }
    if (words[0] == "case") {
      DecisionCase next;
      next.file = path_;
      next.line = line_;
      next.title = std::string(trim(line.substr(4)));
      next.tenants = tenants_;
      Submission& s = next.given.submission;
      s.authenticated = Known::no;
      s.tls = Known::yes;
      s.certificate.state = ClientCertificate::State::none;
      cases_.push_back(std::move(next));
      in_case_ = true;
      return {};
    }
    if (words[0] == "=>") return expect(words);
    if (words[0] == "from" && !cases_.empty()) return facts(words);
    if (tenants_.empty()) return "a tenant must come first";
    return setting(words);
  }

  std::string setting(const Words& words) {
    Tenant& tenant = tenants_.back();
    const std::string& key = words[0];
    const std::string value = words.size() > 1 ? words[1] : std::string{};
    if (key == "accepted") {
      AcceptedDomain domain;
      domain.name = value;
      for (std::size_t i = 2; i < words.size(); ++i) {
        if (words[i] == "match_subdomains") domain.match_subdomains = true;
        if (words[i] == "InternalRelay") domain.type = DomainType::internal_relay;
      }
      tenant.accepted_domains.push_back(std::move(domain));
    } else if (key == "reject_direct_send") {
      tenant.reject_direct_send = value == "on"          ? RejectDirectSend::on
                                  : value == "off"       ? RejectDirectSend::off
                                  : value == "never_set" ? RejectDirectSend::never_set
                                                         : RejectDirectSend::unknown;
    } else if (key == "cloud") {
      const auto cloud = cloud_of(value);
      if (!cloud) return "no such cloud";
      tenant.cloud = *cloud;
    } else if (key == "connectors" && value == "unknown") {
      tenant.inbound_connectors_known = false;
    } else if (key == "choice" && words.size() == 3) {
      return choice(tenant.choices, value, words[2]);
    } else if (key == "connector" && words.size() == 3) {
      InboundConnector connector;
      connector.name = value;
      if (words[2] != "Partner" && words[2] != "OnPremises") return "no such connector type";
      connector.type = words[2] == "Partner" ? ConnectorType::partner : ConnectorType::on_premises;
      tenant.inbound_connectors.push_back(std::move(connector));
    } else if (tenant.inbound_connectors.empty()) {
      return "unknown word '" + key + "'";
    } else {
      return connector_setting(tenant.inbound_connectors.back(), words);
    }
    return {};
  }

  static std::string choice(Choices& choices, const std::string& key, const std::string& value) {
    if (key == "onmicrosoft_senders" && value == "exempt") {
      choices.onmicrosoft_senders = OnmicrosoftSenders::exempt;
    } else if (key == "partner_address_match" && value == "only_restricted") {
      choices.partner_address_match = PartnerAddressMatch::only_restricted;
    } else if (key == "connector_match" && value == "all") {
      choices.connector_match = ConnectorMatch::all;
    } else if (key == "associated_domains" && (value == "sender" || value == "ignored")) {
      choices.associated_domains =
          value == "sender" ? AssociatedDomains::sender : AssociatedDomains::ignored;
    } else if (key == "acs_exempt" && value == "no") {
      choices.acs_exempt = false;
    } else if (key == "onpremises_recipient_match" && value == "no") {
      choices.onpremises_recipient_match = false;
    } else {
      return "no such choice";
    }
    return {};
  }

  static std::string connector_setting(InboundConnector& connector, const Words& words) {
    const std::string& key = words[0];
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (key == "sender_domains") {
        auto sender = parse_sender_domain(words[i]);
        if (!sender) return sender.error().line();
        connector.sender_domains.push_back(std::move(*sender));
      } else if (key == "sender_ip_addresses") {
        const auto prefix = Prefix::parse(words[i]);
        if (!prefix) return prefix.error().line();
        connector.sender_ip_addresses.push_back(*prefix);
      } else if (key == "associated_accepted_domains") {
        connector.associated_accepted_domains.push_back(words[i]);
      } else if (key == "tls_sender_certificate_name") {
        connector.tls_sender_certificate_name = words[i];
      } else if (key == "when_changed") {
        connector.when_changed = parse_time(words[i]);
      } else {
        return "unknown word '" + key + "'";
      }
    }
    if (words.size() > 1) return {};
    if (key == "disabled") {
      connector.enabled = false;
    } else if (key == "require_tls") {
      connector.require_tls = true;
    } else if (key == "restrict_domains_to_ip_addresses") {
      connector.restrict_domains_to_ip_addresses = true;
    } else if (key == "restrict_domains_to_certificate") {
      connector.restrict_domains_to_certificate = true;
    } else {
      return "unknown word '" + key + "'";
    }
    return {};
  }

  std::string facts(const Words& words) {
    OwnedSubmission& given = cases_.back().given;
    Submission& s = given.submission;
    if (words.size() % 2 != 0) return "a word without a value";
    for (std::size_t i = 0; i < words.size(); i += 2) {
      const std::string& key = words[i];
      const std::string& value = words[i + 1];
      if (key == "from") {
        s.reverse_path.state = value == "?"    ? ReversePath::State::unknown
                               : value == "<>" ? ReversePath::State::null
                                               : ReversePath::State::address;
        given.reverse_path_domain = domain_in(value);
      } else if (key == "to") {
        if (value != "?") s.recipient_domain.emplace();
        given.recipient_domain = domain_in(value);
      } else if (key == "ip") {
        s.client_ip = IpAddress::parse(value);
        if (!s.client_ip && value != "?") return "no such address";
      } else if (key == "auth") {
        s.authenticated = known(value);
      } else if (key == "tls") {
        s.tls = known(value);
      } else if (key == "cert") {
        certificate(given, value);
      } else if (key == "observed") {
        s.observed.state = value == "default" ? ObservedAttribution::State::default_connector
                                              : ObservedAttribution::State::connector;
        given.observed = value;
      } else if (key == "at") {
        s.time = parse_time(value);
      } else if (key == "acs") {
        s.azure_communication_services = value == "yes";
      } else {
        return "unknown word '" + key + "'";
      }
    }
    return {};
  }

  static void certificate(OwnedSubmission& given, std::string value) {
    ClientCertificate& certificate = given.submission.certificate;
    if (value == "?" || value == "none") {
      certificate.state =
          value == "?" ? ClientCertificate::State::unknown : ClientCertificate::State::none;
      return;
    }
    certificate.state = ClientCertificate::State::presented;
    if (value.starts_with("untrusted:")) {
      certificate.trusted = false;
      value.erase(0, 10);
    }
    const auto names = split(value, ',');
    given.subject = names[0];
    given.alternative_names.assign(names.begin() + 1, names.end());
  }

  std::string expect(const Words& words) {
    if (!in_case_ || words.size() < 3) return "an outcome needs a case, an action and a reason";
    DecisionCase& expected = cases_.back();
    const std::string& action = words[1];
    if (action != "accept" && action != "reject" && action != "undetermined") {
      return "no such action";
    }
    expected.action = action == "accept"   ? Action::accept
                      : action == "reject" ? Action::reject
                                           : Action::undetermined;
    expected.reason = words[2];
    for (std::size_t i = 3; i < words.size(); ++i) {
      std::string word = words[i];
      if (word.starts_with("missing:")) {
        word.erase(0, 8);
        std::replace(word.begin(), word.end(), '_', ' ');
        expected.missing.push_back(std::move(word));
      } else if (word.starts_with("note:") || word.starts_with("no_note:")) {
        const auto note = note_of(word.substr(word.find(':') + 1));
        if (!note) return "no such note";
        (word.starts_with("no") && word[2] == '_' ? expected.absent_notes : expected.notes) |=
            *note;
      } else if (word.starts_with("tenant:")) {
        expected.tenant = word.substr(7);
      } else if (is_ascii_digit(word[0])) {
        expected.enhanced_status = std::move(word);
      } else {
        expected.connector = std::move(word);
      }
    }
    in_case_ = false;
    return {};
  }

  std::string path_;
  int line_ = 0;
  bool in_case_ = false;
  std::vector<Tenant> tenants_;
  std::vector<DecisionCase> cases_;
};

}  // namespace

const Submission& OwnedSubmission::view() {
  submission.reverse_path.domain = reverse_path_domain;
  if (submission.recipient_domain) submission.recipient_domain = recipient_domain;
  submission.certificate.subject = subject;
  alternative_views.assign(alternative_names.begin(), alternative_names.end());
  submission.certificate.subject_alternative_names = alternative_views;
  submission.observed.connector = observed;
  return submission;
}

Result<std::vector<DecisionCase>> read_decision_cases(const std::string& path) {
  return Reader(path).run();
}

}  // namespace postern::policy
