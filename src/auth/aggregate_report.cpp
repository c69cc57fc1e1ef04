#include "auth/aggregate_report.hpp"

#include <algorithm>
#include <charconv>
#include <span>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::auth {
namespace {

// Domains, addresses and comments are shorter; the rest of a longer text is dropped.
constexpr std::size_t longest_text = 4096;

// Some reporters copy the schema's own opening tag in front of the report, and never close it.
constexpr std::string_view stray_element = "schema";

std::optional<UnixTime> parse_seconds(std::string_view text) {
  UnixTime value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, value);
  // Up to the year 9999; some reporters write a fraction.
  if (failed != std::errc{} || (stop != end && *stop != '.') || value < 0 || value > 253402300799) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

enum class AggregateReportReader::Element : std::uint8_t {
  other,
  document,
  feedback,
  report_metadata,
  org_name,
  email,
  report_id,
  generator,
  date_range,
  begin,
  end,
  policy_published,
  policy_domain,
  p,
  sp,
  np,
  adkim,
  aspf,
  testing,
  discovery_method,
  record,
  row,
  source_ip,
  count,
  policy_evaluated,
  disposition,
  evaluated_dkim,
  evaluated_spf,
  reason,
  reason_type,
  identifiers,
  header_from,
  envelope_from,
  envelope_to,
  auth_results,
  dkim,
  dkim_domain,
  dkim_selector,
  dkim_result,
  spf,
  spf_domain,
  spf_scope,
  spf_result,
};

std::optional<IpAddress> AggregateRecord::address() const noexcept {
  return IpAddress::parse(source_ip);
}

std::optional<std::uint64_t> AggregateRecord::messages() const noexcept {
  std::uint64_t value = 0;
  const char* end = count.data() + count.size();
  const auto [stop, failed] = std::from_chars(count.data(), end, value);
  if (failed != std::errc{} || stop != end || value == 0 || value > most_messages) {
    return std::nullopt;
  }
  return value;
}

bool is_null_sender(const AggregateMetadata& metadata, const AggregateRecord& record) noexcept {
  if (!record.envelope_from) return false;
  return *record.envelope_from == "<>" || (metadata.rfc9990 && record.envelope_from->empty());
}

AggregateReportReader::AggregateReportReader(std::string name, Handler& handler)
    : handler_(handler), xml_(name, *this, stray_element), name_(std::move(name)) {
  path_[0] = Element::document;
}

Result<void> AggregateReportReader::feed(std::string_view bytes) {
  if (auto fed = xml_.feed(bytes); !fed) return fed;
  if (wrong_root_.empty()) return {};
  return fail(fmt::format("is XML, but no DMARC aggregate report (its root is '{}')", wrong_root_),
              name_, {});
}

Result<void> AggregateReportReader::finish() {
  if (auto finished = xml_.finish(); !finished) return finished;
  return feed({});
}

AggregateReportReader::Element AggregateReportReader::innermost() const noexcept {
  return path_[depth_];
}

AggregateReportReader::Element AggregateReportReader::child(Element parent,
                                                            std::string_view name) noexcept {
  struct Child {
    std::string_view name;
    Element element;
  };
  const auto among = [&](std::span<const Child> children) {
    for (const Child& candidate : children) {
      if (name == candidate.name) return candidate.element;
    }
    return Element::other;
  };
  static constexpr Child of_document[] = {{"feedback", Element::feedback}};
  static constexpr Child of_feedback[] = {{"record", Element::record},
                                          {"report_metadata", Element::report_metadata},
                                          {"policy_published", Element::policy_published}};
  static constexpr Child of_metadata[] = {{"org_name", Element::org_name},
                                          {"email", Element::email},
                                          {"report_id", Element::report_id},
                                          {"date_range", Element::date_range},
                                          {"generator", Element::generator}};
  static constexpr Child of_date_range[] = {{"begin", Element::begin}, {"end", Element::end}};
  static constexpr Child of_policy[] = {{"domain", Element::policy_domain},
                                        {"p", Element::p},
                                        {"sp", Element::sp},
                                        {"np", Element::np},
                                        {"adkim", Element::adkim},
                                        {"aspf", Element::aspf},
                                        {"testing", Element::testing},
                                        {"discovery_method", Element::discovery_method}};
  // "identities" is what drafts before RFC 7489 called the identifiers.
  static constexpr Child of_record[] = {{"row", Element::row},
                                        {"identifiers", Element::identifiers},
                                        {"auth_results", Element::auth_results},
                                        {"identities", Element::identifiers}};
  static constexpr Child of_row[] = {{"source_ip", Element::source_ip},
                                     {"count", Element::count},
                                     {"policy_evaluated", Element::policy_evaluated}};
  static constexpr Child of_evaluated[] = {{"disposition", Element::disposition},
                                           {"dkim", Element::evaluated_dkim},
                                           {"spf", Element::evaluated_spf},
                                           {"reason", Element::reason}};
  static constexpr Child of_reason[] = {{"type", Element::reason_type}};
  static constexpr Child of_identifiers[] = {{"header_from", Element::header_from},
                                             {"envelope_from", Element::envelope_from},
                                             {"envelope_to", Element::envelope_to}};
  static constexpr Child of_results[] = {{"dkim", Element::dkim}, {"spf", Element::spf}};
  static constexpr Child of_dkim[] = {{"domain", Element::dkim_domain},
                                      {"selector", Element::dkim_selector},
                                      {"result", Element::dkim_result}};
  static constexpr Child of_spf[] = {{"domain", Element::spf_domain},
                                     {"scope", Element::spf_scope},
                                     {"result", Element::spf_result}};
  switch (parent) {
    case Element::document:
      return among(of_document);
    case Element::feedback:
      return among(of_feedback);
    case Element::report_metadata:
      return among(of_metadata);
    case Element::date_range:
      return among(of_date_range);
    case Element::policy_published:
      return among(of_policy);
    case Element::record:
      return among(of_record);
    case Element::row:
      return among(of_row);
    case Element::policy_evaluated:
      return among(of_evaluated);
    case Element::reason:
      return among(of_reason);
    case Element::identifiers:
      return among(of_identifiers);
    case Element::auth_results:
      return among(of_results);
    case Element::dkim:
      return among(of_dkim);
    case Element::spf:
      return among(of_spf);
    default:
      return Element::other;
  }
}

void AggregateReportReader::element_begins(std::string_view name) {
  const Element element = child(innermost(), name);
  path_[++depth_] = element;
  text_.clear();
  if (depth_ == 1 && element != Element::feedback) wrong_root_ = printable(name.substr(0, 40));
  if (element == Element::feedback) metadata_.rfc9990 = xml_.root_namespace() == rfc9990_namespace;
  if (element == Element::record) {
    record_ = {};
    record_.line = xml_.line();
  }
  // Results beyond the limit go into the last one.
  if (element == Element::dkim && record_.dkim.size() < AggregateRecord::most_results) {
    record_.dkim.emplace_back();
  }
  if (element == Element::spf && record_.spf.size() < AggregateRecord::most_results) {
    record_.spf.emplace_back();
  }
}

void AggregateReportReader::text(std::string_view piece) {
  if (text_.size() < longest_text) text_ += piece.substr(0, longest_text - text_.size());
}

std::string* AggregateReportReader::text_of(Element element) {
  switch (element) {
    case Element::org_name:
      return &metadata_.org_name;
    case Element::email:
      return &metadata_.email;
    case Element::report_id:
      return &metadata_.report_id;
    case Element::generator:
      return &metadata_.generator;
    case Element::policy_domain:
      return &metadata_.domain;
    case Element::p:
      return &metadata_.p;
    case Element::sp:
      return &metadata_.sp;
    case Element::np:
      return &metadata_.np;
    case Element::adkim:
      return &metadata_.adkim;
    case Element::aspf:
      return &metadata_.aspf;
    case Element::testing:
      return &metadata_.testing;
    case Element::discovery_method:
      return &metadata_.discovery_method;
    case Element::source_ip:
      return &record_.source_ip;
    case Element::count:
      return &record_.count;
    case Element::disposition:
      return &record_.disposition;
    case Element::evaluated_dkim:
      return &record_.evaluated_dkim;
    case Element::evaluated_spf:
      return &record_.evaluated_spf;
    case Element::reason_type:
      if (record_.reasons.size() == AggregateRecord::most_results) return nullptr;
      return &record_.reasons.emplace_back();
    case Element::header_from:
      return &record_.header_from;
    case Element::envelope_from:
      return &record_.envelope_from.emplace();
    case Element::envelope_to:
      return &record_.envelope_to.emplace();
    case Element::dkim_domain:
      return &record_.dkim.back().domain;
    case Element::dkim_selector:
      return &record_.dkim.back().selector;
    case Element::dkim_result:
      return &record_.dkim.back().result;
    case Element::spf_domain:
      return &record_.spf.back().domain;
    case Element::spf_scope:
      return &record_.spf.back().scope;
    case Element::spf_result:
      return &record_.spf.back().result;
    default:
      return nullptr;
  }
}

void AggregateReportReader::element_ends() {
  const Element element = innermost();
  const std::string_view value = trim(text_);
  if (element == Element::begin) metadata_.begin = parse_seconds(value);
  if (element == Element::end) metadata_.end = parse_seconds(value);
  if (element == Element::record) handler_.record(metadata_, record_);
  if (std::string* place = text_of(element)) place->assign(value);
  text_.clear();
  --depth_;
}

Result<AggregateReport> parse_aggregate_report(std::string_view xml, const std::string& name) {
  struct Keep final : AggregateReportReader::Handler {
    AggregateReport report;
    void record(const AggregateMetadata&, const AggregateRecord& record) override {
      report.records.push_back(record);
    }
  } keep;
  AggregateReportReader reader(name, keep);
  if (auto fed = reader.feed(xml); !fed) return tl::unexpected(fed.error());
  if (auto finished = reader.finish(); !finished) return tl::unexpected(finished.error());
  keep.report.metadata = reader.metadata();
  return std::move(keep.report);
}

bool looks_like_aggregate_report(std::string_view text) noexcept {
  text = trim(text.substr(0, 1 << 16));
  if (!text.starts_with('<')) return false;
  for (std::size_t at = text.find("feedback"); at != std::string_view::npos;
       at = text.find("feedback", at + 1)) {
    const char before = at == 0 ? ' ' : text[at - 1];
    const char after = at + 8 < text.size() ? text[at + 8] : '>';
    if ((before == '<' || before == ':') && (after == '>' || is_ascii_space(after))) return true;
  }
  return false;
}

}  // namespace postern::auth
