// spf_suite ENGINE SECONDS < scenarios.json: an SPF checker over the queries of the published
// suite, from a zone in memory. Prints "ENGINE QUERIES_A_SECOND AS_THE_SUITE_SAYS OF".
// bench/spf/compare.py runs it; bench/spf/suite.py says what comes in.
//
//   postern        with the cache of records that a server has
//   postern-cold   each record parsed each time
//   libspf2        its zone layer of DNS, no cache (it has none of records)
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <netdb.h>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

extern "C" {
#include <spf2/spf.h>
#include <spf2/spf_dns_zone.h>
}

#include "auth/memory_zone.hpp"
#include "auth/spf.hpp"
#include "base/ascii.hpp"

namespace {

using namespace postern;
using nlohmann::json;

/// The answers to a scenario's queries, as words of RFC 7208.
class Checker {
 public:
  virtual ~Checker() = default;
  virtual std::string_view check(std::size_t query) = 0;
};

class Ours final : public Checker {
 public:
  Ours(const json& scenario, bool warm) {
    if (warm) options_.cache = &cache_;
    for (const auto& [name, types] : scenario["zone"].items()) {
      for (const auto& [type, values] : types.items())
        add(name, type, values);
    }
    for (const json& each : scenario["queries"]) {
      auth::SpfQuery query;
      query.ip = IpAddress::parse(each[0].get<std::string>()).value();
      query.mail_from = each[1];
      query.helo = each[2];
      query.receiver = "mx.example.org";
      queries_.push_back(query);
    }
  }

  std::string_view check(std::size_t query) override {
    return auth::word_of(auth::run_now(auth::check_spf(zone_, queries_[query], options_))->result);
  }

 private:
  void add(const std::string& name, const std::string& type, const json& values) {
    using auth::RecordType;
    static const std::map<std::string, RecordType> types{
        {"A", RecordType::a},     {"AAAA", RecordType::aaaa},   {"MX", RecordType::mx},
        {"PTR", RecordType::ptr}, {"CNAME", RecordType::cname}, {"TXT", RecordType::txt}};
    if (values.is_string()) {
      zone_.set_status(name, types.at(type), auth::DnsStatus::timeout);
      return;
    }
    for (const json& value : values) {
      if (type == "TXT") {
        zone_.add_text(name, value);
      } else if (type == "MX") {
        zone_.add_exchange(name, value[0], value[1].get<std::string>());
      } else if (type == "PTR") {
        zone_.add_pointer(name, value.get<std::string>());
      } else if (type == "CNAME") {
        zone_.add_alias(name, value.get<std::string>());
      } else {
        zone_.add_address(name, IpAddress::parse(value.get<std::string>()).value());
      }
    }
  }

  auth::MemoryZone zone_;
  auth::SpfRecordCache cache_;
  auth::SpfOptions options_;
  std::vector<auth::SpfQuery> queries_;
};

class Libspf2 final : public Checker {
 public:
  explicit Libspf2(const json& scenario) : queries_(scenario["queries"]) {
    SPF_dns_server_t* zone = SPF_dns_zone_new(nullptr, "zone", 0);
    const std::map<std::string, ns_type> known{{"A", ns_t_a},     {"AAAA", ns_t_aaaa},
                                               {"MX", ns_t_mx},   {"PTR", ns_t_ptr},
                                               {"TXT", ns_t_txt}, {"CNAME", ns_t_cname}};
    const json& names = scenario["zone"];
    for (const auto& [name, own] : names.items()) {
      // Its zone follows no aliases: the target's records stand in their place.
      const json* types = &own;
      for (int depth = 0; depth < 8 && types->contains("CNAME"); ++depth) {
        const auto target = names.find(to_lower((*types)["CNAME"][0].get<std::string>()));
        if (target == names.end()) break;
        types = &*target;
      }
      for (const auto& [type, values] : types->items()) {
        if (type == "CNAME") continue;
        if (values.is_string()) {
          SPF_dns_zone_add_str(zone, name.c_str(), known.at(type), TRY_AGAIN, nullptr);
          continue;
        }
        for (const json& value : values) {
          const std::string text = type == "MX" ? value[1] : value;
          if (text.empty()) continue;
          SPF_dns_zone_add_str(zone, name.c_str(), known.at(type), NETDB_SUCCESS, text.c_str());
        }
      }
    }
    server_ = SPF_server_new_dns(zone, 0);
    SPF_server_set_rec_dom(server_, "mx.example.org");
    for (const json& each : queries_) {
      texts_.push_back({each[0], each[1], each[2]});
    }
  }
  ~Libspf2() override { SPF_server_free(server_); }
  Libspf2(const Libspf2&) = delete;
  Libspf2& operator=(const Libspf2&) = delete;

  std::string_view check(std::size_t query) override {
    const auto& [ip, sender, helo] = texts_[query];
    SPF_request_t* request = SPF_request_new(server_);
    if (ip.find(':') == std::string::npos) {
      SPF_request_set_ipv4_str(request, ip.c_str());
    } else {
      SPF_request_set_ipv6_str(request, ip.c_str());
    }
    SPF_request_set_helo_dom(request, helo.c_str());
    if (!sender.empty()) SPF_request_set_env_from(request, sender.c_str());
    SPF_response_t* response = nullptr;
    SPF_request_query_mailfrom(request, &response);
    SPF_result_t result = response == nullptr ? SPF_RESULT_INVALID : SPF_response_result(response);
    // A record that it can't read leaves no result, only an error.
    if (result == SPF_RESULT_INVALID) {
      const bool by_dns = response != nullptr && SPF_response_errcode(response) == SPF_E_DNS_ERROR;
      result = by_dns ? SPF_RESULT_TEMPERROR : SPF_RESULT_PERMERROR;
    }
    if (response != nullptr) SPF_response_free(response);
    SPF_request_free(request);
    return SPF_strresult(result);
  }

 private:
  struct Texts {
    std::string ip, sender, helo;
  };
  json queries_;
  std::vector<Texts> texts_;
  SPF_server_t* server_ = nullptr;
};

int run(const std::string& engine, double seconds) {
  using Clock = std::chrono::steady_clock;
  const json scenarios = json::parse(std::cin);
  std::vector<std::unique_ptr<Checker>> checkers;
  for (const json& scenario : scenarios) {
    if (engine == "libspf2") {
      checkers.push_back(std::make_unique<Libspf2>(scenario));
    } else {
      checkers.push_back(std::make_unique<Ours>(scenario, engine == "postern"));
    }
  }
  std::size_t right = 0;
  std::size_t all = 0;
  for (std::size_t i = 0; i < checkers.size(); ++i) {
    const json& queries = scenarios[i]["queries"];
    for (std::size_t query = 0; query < queries.size(); ++query, ++all) {
      const std::string word(checkers[i]->check(query));
      const auto wanted = queries[query][3].get<std::vector<std::string>>();
      if (std::find(wanted.begin(), wanted.end(), word) != wanted.end()) {
        ++right;
      } else if (std::getenv("SPF_SUITE_VERBOSE") != nullptr) {
        std::cerr << queries[query].dump() << " gives " << word << '\n';
      }
    }
  }
  std::size_t asked = 0;
  const auto begun = Clock::now();
  std::chrono::duration<double> spent{};
  while (spent.count() < seconds) {
    for (std::size_t i = 0; i < checkers.size(); ++i) {
      const std::size_t number = scenarios[i]["queries"].size();
      for (std::size_t query = 0; query < number; ++query)
        checkers[i]->check(query);
      asked += number;
    }
    spent = Clock::now() - begun;
  }
  fmt::print("{} {:.0f} {} {}\n", engine, static_cast<double>(asked) / spent.count(), right, all);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::cerr << "usage: spf_suite postern|postern-cold|libspf2 SECONDS < scenarios.json\n";
    return 2;
  }
  return run(arguments[1], std::atof(arguments[2]));
}
