// What a document is written in: one type a context, so that text for one can't get into another,
// and text from outside (mail, exports, the administrator) gets in by the context's own escaper
// alone. Anything else does not compile (tests/unescaped_test.py holds that).
//
//   Html page;
//   page << "<td>";            // our own markup: a literal
//   page.text(sender.name);    // from outside: escaped
//   page << sender.name;       // does not compile; nor does a literal of another context's
//   document
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/base64.hpp"
#include "base/embedded.hpp"
#include "base/hash.hpp"

namespace postern::report {

struct AuditedTenant;

/// A piece of the document's language that stands in the program itself.
class Own {
 public:
  consteval Own(const char* literal) : text_(literal) {}  // NOLINT(google-explicit-constructor)
  [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }

 private:
  std::string_view text_;
};

/// For a document that leaves the organisation: the local part of each address becomes a keyed
/// hash, the same for the same address within a run.
class Redaction {
 public:
  explicit Redaction(HashSeed seed) : seed_(seed) {}
  [[nodiscard]] std::string operator()(std::string_view text) const;

 private:
  HashSeed seed_;
};

/// A document, or a piece of one, in the language of `Context`, whose escape(text, out) makes any
/// octets harmless there.
template <class Context>
class Written {
 public:
  Written() = default;
  /// Everything from outside goes through this before it is escaped, where it is set.
  explicit Written(std::optional<Redaction> redaction) : redaction_(redaction) {}

  Written& operator<<(Own markup) {
    out_ += markup.text();
    return *this;
  }
  Written& operator<<(const Written& piece) {
    out_ += piece.out_;
    return *this;
  }
  template <std::unsigned_integral Number>
  Written& operator<<(Number number) {
    out_ += std::to_string(number);
    return *this;
  }
  /// Base64 is harmless in every context.
  Written& base64(std::string_view octets) {
    out_ += encode_base64(octets);
    return *this;
  }
  /// A file of our own that is compiled in: style sheet, script.
  Written& embedded(const EmbeddedFile& file) {
    out_ += file.text;
    return *this;
  }
  /// What this context's own renderer made of one tenant of many (audits_report.hpp).
  Written& part_of(const AuditedTenant&);
  /// From outside: escaped.
  Written& text(std::string_view from_outside) {
    if (redaction_) {
      Context::escape((*redaction_)(from_outside), out_);
    } else {
      Context::escape(from_outside, out_);
    }
    return *this;
  }
  /// An attribute, for the contexts that have any: ` name="value"`.
  Written& attribute(Own name, std::string_view from_outside) requires requires(std::string& out) {
    Context::Attribute::escape(from_outside, out);
  }
  {
    out_ += ' ';
    out_ += name.text();
    out_ += "=\"";
    if (redaction_) {
      Context::Attribute::escape((*redaction_)(from_outside), out_);
    } else {
      Context::Attribute::escape(from_outside, out_);
    }
    out_ += '"';
    return *this;
  }

  [[nodiscard]] const std::optional<Redaction>& redaction() const noexcept { return redaction_; }
  [[nodiscard]] const std::string& str() const noexcept { return out_; }
  /// The octets, once the document is whole.
  [[nodiscard]] std::string take() && { return std::move(out_); }

 private:
  std::string out_;
  std::optional<Redaction> redaction_;
};

/// HTML, text between tags. Control characters and overrides of the direction are shown as symbols.
struct HtmlText {
  /// A value in double quotes.
  struct Attribute {
    static void escape(std::string_view text, std::string& out);
  };
  static void escape(std::string_view text, std::string& out);
};
/// XML 1.0: what it forbids (production 2, Char) is not there, not even as a reference.
struct XmlText {
  struct Attribute {
    static void escape(std::string_view text, std::string& out);
  };
  static void escape(std::string_view text, std::string& out);
};
/// A JSON string's inside, within a script element: no "</script", no "<!--", no line separator
/// that a script could see (U+2028, U+2029).
struct ScriptJsonText {
  static void escape(std::string_view text, std::string& out);
};
/// One CSV cell (RFC 4180), guarded against formula injection: what a spreadsheet would take for a
/// formula gets an apostrophe in front (OWASP, "CSV Injection").
struct CsvCell {
  static void escape(std::string_view text, std::string& out);
};
/// Markdown (GitHub's): a code span, in which nothing is read as markup, mention or reference; in a
/// table too.
struct MarkdownCode {
  static void escape(std::string_view text, std::string& out);
};
/// What a terminal may be sent.
struct TerminalText {
  static void escape(std::string_view text, std::string& out);
};

using Html = Written<HtmlText>;
using Xml = Written<XmlText>;
using ScriptJson = Written<ScriptJsonText>;
using Csv = Written<CsvCell>;
using Markdown = Written<MarkdownCode>;
using Terminal = Written<TerminalText>;

}  // namespace postern::report
