// DMARC aggregate reports: what a receiver saw of mail that named a domain in its header From.
// Both forms: RFC 7489, appendix C (and the drafts before it), and RFC 9990, told by its namespace.
//
//   AggregateReportReader reader(name, handler);
//   while (more) if (auto fed = reader.feed(piece); !fed) …;
//   reader.finish();
//
// Records are handed on one at a time, whatever the size of the report; elements of extensions and
// unknown ones are passed over.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/xml_reader.hpp"
#include "base/ip.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace postern::auth {

/// The xmlns of RFC 9990 reports.
constexpr std::string_view rfc9990_namespace = "urn:ietf:params:xml:ns:dmarc-2.0";

/// Who reports, of which days, and the policy that was found (RFC 9990, 3.1.1.3 to 3.1.1.5).
/// Texts are trimmed; what the report lacks is empty.
struct AggregateMetadata {
  bool rfc9990 = false;
  std::string org_name, email, report_id, generator;
  std::optional<UnixTime> begin, end;  ///< of the reporting period, UTC
  std::string domain;                  ///< policy domain, as written
  std::string p, sp, np, adkim, aspf, testing, discovery_method;
};

/// One record: messages from one address with the same results. Texts as written, trimmed; compare
/// results without case (Microsoft wrote "Pass").
struct AggregateRecord {
  struct Dkim {
    std::string domain, selector, result;
  };
  struct Spf {
    std::string domain, scope, result;
  };
  static constexpr std::size_t most_results = 100;  // RFC 9990, 3.1.3
  /// More messages than any receiver sees in a day; a count above it is no count.
  static constexpr std::uint64_t most_messages = 1'000'000'000'000;

  std::uint64_t line = 0;  ///< where it starts in the report
  std::string source_ip;
  std::string count;
  std::string disposition, evaluated_dkim, evaluated_spf;
  std::vector<std::string> reasons;  ///< types of policy overrides
  std::string header_from;
  std::optional<std::string> envelope_from;  ///< empty but there: see is_null_sender()
  std::optional<std::string> envelope_to;
  std::vector<Dkim> dkim;
  std::vector<Spf> spf;

  [[nodiscard]] std::optional<IpAddress> address() const noexcept;
  /// nullopt for what is no number, zero, negative, or more than most_messages.
  [[nodiscard]] std::optional<std::uint64_t> messages() const noexcept;
};

/// True where the record says that MAIL FROM was <>: an empty envelope_from means that in RFC 9990
/// (3.1.1.11); in older reports it often means nothing.
bool is_null_sender(const AggregateMetadata&, const AggregateRecord&) noexcept;

class AggregateReportReader : private XmlReader::Handler {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    /// Both are valid during the call. Reports put their metadata first.
    virtual void record(const AggregateMetadata&, const AggregateRecord&) = 0;
  };

  AggregateReportReader(std::string name, Handler& handler);
  AggregateReportReader(const AggregateReportReader&) = delete;
  AggregateReportReader& operator=(const AggregateReportReader&) = delete;

  /// UTF-8 in pieces of any size. Errors: XmlReader's, and another root element than "feedback".
  Result<void> feed(std::string_view bytes);
  Result<void> finish();
  /// True after the end of the report: what follows is not looked at.
  [[nodiscard]] bool done() const noexcept { return xml_.done(); }
  /// XmlReader's: another report may follow in what was fed.
  [[nodiscard]] bool has_more() const noexcept { return xml_.has_more(); }
  [[nodiscard]] const AggregateMetadata& metadata() const noexcept { return metadata_; }
  /// What looks like a tag and is none (XmlReader), and the line of the first.
  [[nodiscard]] std::uint64_t mended() const noexcept { return xml_.mended(); }
  [[nodiscard]] std::uint64_t first_mended_line() const noexcept {
    return xml_.first_mended_line();
  }

 private:
  enum class Element : std::uint8_t;
  void element_begins(std::string_view name) override;
  void text(std::string_view piece) override;
  void element_ends() override;
  static Element child(Element parent, std::string_view name) noexcept;
  std::string* text_of(Element element);
  [[nodiscard]] Element innermost() const noexcept;

  Handler& handler_;
  XmlReader xml_;
  std::string name_;
  AggregateMetadata metadata_;
  AggregateRecord record_;
  std::string text_;
  std::array<Element, XmlReader::deepest + 1> path_{};
  std::size_t depth_ = 0;
  std::string wrong_root_;
};

struct AggregateReport {
  AggregateMetadata metadata;
  std::vector<AggregateRecord> records;
};

/// A whole report that is in memory.
Result<AggregateReport> parse_aggregate_report(std::string_view xml, const std::string& name);

/// True where the text (its first bytes) is XML whose first element is "feedback", as far as it can
/// be seen.
bool looks_like_aggregate_report(std::string_view first_bytes) noexcept;

}  // namespace postern::auth
