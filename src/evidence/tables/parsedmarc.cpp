// DMARC aggregate reports as parsedmarc keeps them (https://domainaware.github.io/parsedmarc): its
// CSV has a row a record, its JSON an object a report, whose records stand in a list. Where a
// report has no envelope_from, parsedmarc fills in the domain that SPF was checked against; its
// times have no zone and are taken as UTC.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "auth/aggregate_report.hpp"
#include "base/ascii.hpp"
#include "evidence/tables/dmarc_records.hpp"
#include "evidence/tables/trace_fields.hpp"

namespace postern::evidence {
namespace {

enum ParsedmarcColumn : std::size_t {
  pd_org_name,
  pd_org_email,
  pd_report_id,
  pd_begin,
  pd_end,
  pd_domain,
  pd_source,
  pd_count,
  pd_spf_aligned,
  pd_dkim_aligned,
  pd_disposition,
  pd_envelope_from,
  pd_header_from,
  pd_envelope_to,
  pd_dkim_results,
  pd_spf_domains,
  pd_spf_scopes,
  pd_spf_results,
  pd_records,  // JSON alone
};

const std::vector<Column> parsedmarc_columns = {
    {"org_name", "report_metadata.org_name"},
    {"org_email", "report_metadata.org_email"},
    {"report_id", "report_metadata.report_id"},
    {"begin_date", "report_metadata.begin_date"},
    {"end_date", "report_metadata.end_date"},
    {"domain", "policy_published.domain"},
    {"source_ip_address"},
    {"count"},
    {"spf_aligned"},
    {"dkim_aligned"},
    {"disposition"},
    {"envelope_from"},
    {"header_from"},
    {"envelope_to"},
    {"dkim_results"},
    {"spf_domains"},
    {"spf_scopes"},
    {"spf_results"},
    {"records"},
};

std::string text_at(simdjson::dom::element object, std::string_view pointer) {
  simdjson::dom::element value;
  if (object.at_pointer(pointer).get(value) != simdjson::SUCCESS || value.is_null()) return {};
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) return std::string(text);
  return simdjson::minify(value);
}

void set_if_there(std::optional<std::string>& into, std::string text) {
  if (!text.empty()) into = std::move(text);
}

class Parsedmarc final : public TableFormat {
 public:
  const std::vector<Column>& columns() const override { return parsedmarc_columns; }

  std::string missing_columns(const std::vector<bool>& present) const override {
    if (present[pd_records]) return {};
    for (const ParsedmarcColumn needed : {pd_source, pd_count, pd_header_from}) {
      if (!present[needed]) return std::string(parsedmarc_columns[needed].name);
    }
    return {};
  }

  RowOutcome convert(const std::vector<Cell>& cells, Message& m) override {
    at_ = end_ = {};
    read_metadata(cells);
    if (!cells[pd_records].present) {
      read_row(cells);
      return converted(m);
    }
    place_ = 0;
    simdjson::dom::array records;
    const std::string_view text = cells[pd_records].text;
    if (parser_.parse(text.data(), text.size(), true).get(records) != simdjson::SUCCESS) {
      return bad_row("records", "is no list");
    }
    at_ = records.begin();
    end_ = records.end();
    if (auto outcome = another(m)) return *outcome;
    return {RowKind::not_relevant, NotRelevant::other_event, {}};  // a report of no mail
  }

  std::optional<RowOutcome> another(Message& m) override {
    if (!(at_ != end_)) return std::nullopt;
    read_record(*at_);
    ++at_;
    return converted(m);
  }

  void conclude(Tally& tally) const override {
    records_.conclude(tally);
    if (filled_in_ == 0) return;
    tally.remarks.push_back(fmt::format(
        "envelope_from may be the domain that SPF was checked against, which parsedmarc fills in "
        "where a report does not say it; it is taken as the envelope sender's (records: {})",
        filled_in_));
  }

 private:
  void read_metadata(const std::vector<Cell>& cells) {
    const std::string_view id = cells[pd_report_id].text;
    const std::string_view org = cells[pd_org_name].text;
    const auto begin = times_.read(cells[pd_begin].text);
    const auto end = times_.read(cells[pd_end].text);
    if (metadata_.report_id != id || metadata_.org_name != org || metadata_.begin != begin ||
        metadata_.end != end) {
      place_ = 0;
    }
    metadata_ = {};
    metadata_.org_name = org;
    metadata_.email = cells[pd_org_email].text;
    metadata_.report_id = id;
    metadata_.domain = cells[pd_domain].text;
    metadata_.begin = begin;
    metadata_.end = end;
  }

  // A row of the CSV; lists are written "a,b".
  void read_row(const std::vector<Cell>& cells) {
    record_ = {};
    record_.source_ip = cells[pd_source].text;
    record_.count = cells[pd_count].text;
    record_.disposition = cells[pd_disposition].text;
    record_.evaluated_dkim = evaluated(cells[pd_dkim_aligned].text);
    record_.evaluated_spf = evaluated(cells[pd_spf_aligned].text);
    record_.header_from = cells[pd_header_from].text;
    set_if_there(record_.envelope_from, std::string(cells[pd_envelope_from].text));
    set_if_there(record_.envelope_to, std::string(cells[pd_envelope_to].text));
    for (const std::string_view result : split(cells[pd_dkim_results].text, ',')) {
      record_.dkim.push_back({{}, {}, std::string(result)});
    }
    const auto domains = split(cells[pd_spf_domains].text, ',');
    const auto scopes = split(cells[pd_spf_scopes].text, ',');
    const auto results = split(cells[pd_spf_results].text, ',');
    for (std::size_t i = 0; i < results.size(); ++i) {
      record_.spf.push_back({i < domains.size() ? std::string(domains[i]) : std::string(),
                             i < scopes.size() ? std::string(scopes[i]) : std::string(),
                             std::string(results[i])});
    }
  }

  void read_record(simdjson::dom::element object) {
    record_ = {};
    record_.source_ip = text_at(object, "/source/ip_address");
    record_.count = text_at(object, "/count");
    record_.disposition = text_at(object, "/policy_evaluated/disposition");
    record_.evaluated_dkim = text_at(object, "/policy_evaluated/dkim");
    record_.evaluated_spf = text_at(object, "/policy_evaluated/spf");
    record_.header_from = text_at(object, "/identifiers/header_from");
    set_if_there(record_.envelope_from, text_at(object, "/identifiers/envelope_from"));
    set_if_there(record_.envelope_to, text_at(object, "/identifiers/envelope_to"));
    simdjson::dom::array results;
    if (object.at_pointer("/auth_results/dkim").get(results) == simdjson::SUCCESS) {
      for (const simdjson::dom::element each : results) {
        record_.dkim.push_back(
            {text_at(each, "/domain"), text_at(each, "/selector"), text_at(each, "/result")});
      }
    }
    if (object.at_pointer("/auth_results/spf").get(results) == simdjson::SUCCESS) {
      for (const simdjson::dom::element each : results) {
        record_.spf.push_back(
            {text_at(each, "/domain"), text_at(each, "/scope"), text_at(each, "/result")});
      }
    }
    if (const std::string begin = text_at(object, "/interval_begin"); !begin.empty()) {
      if (const auto time = times_.read(begin)) metadata_.begin = time;
    }
    if (const std::string end = text_at(object, "/interval_end"); !end.empty()) {
      if (const auto time = times_.read(end)) metadata_.end = time;
    }
  }

  static std::string evaluated(std::string_view aligned) {
    if (iequals(aligned, "true")) return "pass";
    return iequals(aligned, "false") ? "fail" : "";
  }

  RowOutcome converted(Message& m) {
    m = {};
    if (record_.envelope_from && !record_.spf.empty() &&
        iequals(*record_.envelope_from, record_.spf.back().domain)) {
      if (iequals(record_.spf.back().scope, "helo")) {
        record_.envelope_from.reset();
      } else {
        ++filled_in_;
      }
    }
    return records_.convert(metadata_, record_, ++place_, m);
  }

  simdjson::dom::parser parser_;
  simdjson::dom::array::iterator at_, end_;
  auth::AggregateMetadata metadata_;
  auth::AggregateRecord record_;
  std::uint64_t place_ = 0;  // of the record in its report
  std::uint64_t filled_in_ = 0;
  DmarcRecords records_;
};

}  // namespace

std::unique_ptr<TableFormat> parsedmarc_format(const Options&) {
  return std::make_unique<Parsedmarc>();
}

}  // namespace postern::evidence
