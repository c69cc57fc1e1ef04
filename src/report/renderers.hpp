// Every way to write every document, in one list: a new output format is its file, its rows here
// and its cases (renderers_test.cpp).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "report/style.hpp"

namespace postern::ledger {
class Summary;
}
namespace postern::plan {
struct Next;
struct Plan;
}  // namespace postern::plan

namespace postern::report {

struct AuditDocument;
struct AuditsDocument;
struct AuthDocument;
struct ControlsDocument;
struct DiffDocument;
struct ExplainDocument;
struct FetchDocument;
struct ImpactDocument;
struct LearnDocument;
struct LedgerHead;
struct LedgerLine;
struct LedgerTable;
struct LoginDocument;
struct ProbeDocument;
struct SendersDocument;
struct TenantPart;
struct TenantsDocument;

/// A document from what it is about. Style counts for text alone.
template <class Document>
using Render = std::string (*)(const Document&, const Style&);

struct Renderer {
  std::string_view format;  ///< as --output takes it
  std::variant<
      Render<AuditDocument>, Render<AuditsDocument>, Render<TenantPart>, Render<ImpactDocument>,
      Render<plan::Plan>, Render<plan::Next>, Render<DiffDocument>, Render<ExplainDocument>,
      Render<ProbeDocument>, Render<AuthDocument>, Render<LoginDocument>, Render<FetchDocument>,
      Render<LearnDocument>, Render<ControlsDocument>, Render<SendersDocument>, Render<LedgerLine>,
      Render<LedgerHead>, Render<LedgerTable>, Render<ledger::Summary>, Render<TenantsDocument>>
      render;
};

/// The list. What comes first of a document is what --output takes where nothing is said.
std::span<const Renderer> renderers() noexcept;

/// A format's name, and what it is for people.
struct OutputFormat {
  std::string_view name;
  std::string_view what;
  /// For passing on: with Style::redact no local part of an address and no subject is in it. Of
  /// what holds everything, --redact is refused.
  bool redacted;
};
std::span<const OutputFormat> output_formats() noexcept;
/// Those of `formats` that are redacted, in their order.
std::vector<std::string> redacted_of(const std::vector<std::string>& formats);

/// Null where the document can't be written so.
template <class Document>
Render<Document> renderer_of(std::string_view format) noexcept {
  for (const Renderer& each : renderers()) {
    const auto* render = std::get_if<Render<Document>>(&each.render);
    if (render != nullptr && each.format == format) return *render;
  }
  return nullptr;
}

/// What the document can be written as, in the order of the list.
template <class Document>
std::vector<std::string> formats_of() {
  std::vector<std::string> out;
  for (const Renderer& each : renderers()) {
    if (std::holds_alternative<Render<Document>>(each.render)) out.emplace_back(each.format);
  }
  return out;
}

}  // namespace postern::report
