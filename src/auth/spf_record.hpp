// An SPF record as its terms (RFC 7208, 4.6 and 12). The whole record is checked before any of it
// is evaluated: one fault anywhere makes it a permanent error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "base/result.hpp"

namespace postern::auth {

enum class SpfQualifier : std::uint8_t { pass, fail, soft_fail, neutral };
enum class SpfMechanism : std::uint8_t { all, include, a, mx, ptr, ip4, ip6, exists };

struct SpfTerm {
  SpfMechanism mechanism = SpfMechanism::all;
  SpfQualifier qualifier = SpfQualifier::pass;
  std::uint8_t prefix_v4 = 32;   ///< of a, mx and ip4
  std::uint8_t prefix_v6 = 128;  ///< of a, mx and ip6
  bool has_macros = false;       ///< in domain_spec
  IpAddress network;             ///< of ip4 and ip6
  std::string_view domain_spec;  ///< empty: the domain being checked
  std::string_view text;         ///< the term as written
};

/// Views point into the record's own text, so it is made in place and never moved.
class SpfRecord {
 public:
  /// `text` is a whole TXT record that is_spf_record(). The error names the term and its fault.
  static Result<std::shared_ptr<const SpfRecord>> parse(std::string_view text);

  SpfRecord(const SpfRecord&) = delete;
  SpfRecord& operator=(const SpfRecord&) = delete;

  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] const std::vector<SpfTerm>& terms() const noexcept { return terms_; }
  /// Domain specs of the modifiers; empty where they are not there.
  [[nodiscard]] std::string_view redirect() const noexcept { return redirect_; }
  [[nodiscard]] std::string_view explanation() const noexcept { return explanation_; }

 private:
  explicit SpfRecord(std::string_view text) : text_(text) {}
  Result<void> parse_term(std::string_view term);
  Result<void> parse_modifier(std::string_view name, std::string_view value, std::string_view term);

  std::string text_;
  std::vector<SpfTerm> terms_;
  std::string_view redirect_;
  std::string_view explanation_;
};

/// Whether a TXT record is one of SPF: "v=spf1", then a space or nothing (RFC 7208, 4.5).
bool is_spf_record(std::string_view text) noexcept;

std::string_view name_of(SpfMechanism) noexcept;  ///< "include", …

/// Keeps parsed records, and the faults of faulty ones, by their text, so that a busy domain is
/// parsed once. Longer ones than real domains have are parsed each time, so that nobody fills
/// memory with them. Not shared between threads.
class SpfRecordCache {
 public:
  explicit SpfRecordCache(std::size_t most = 1024) : slots_(most) {}
  /// Good until the next call.
  const Result<std::shared_ptr<const SpfRecord>>& parse(std::string_view text);

  static constexpr std::size_t longest_kept = 2048;  ///< octets

 private:
  struct Slot {
    std::string text;  ///< empty: nothing is kept
    Result<std::shared_ptr<const SpfRecord>> parsed;
  };
  std::vector<Slot> slots_;
  Result<std::shared_ptr<const SpfRecord>> not_kept_;
};

}  // namespace postern::auth
