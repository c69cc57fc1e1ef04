#include "report/fetch_report.hpp"

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "report/json_parts.hpp"
#include "report/text.hpp"

namespace postern::report {

std::string fetch_text(const FetchDocument& document, const Style& style) {
  const auto& [heading, done] = document;
  std::string text =
      fmt::format("{} of {} from {} to {}: {}", heading.source, printable(heading.tenant),
                  format_time(done.since), format_time(done.until), counted(done.rows, "row"));
  if (done.details > 0) text += fmt::format(", details of {}", counted(done.details, "message"));
  text += fmt::format(", in {} in {}.", counted(done.files, "file"), printable(heading.folder));
  if (done.resumed) text += " An unfinished fetch was gone on with; its period counts.";
  return paragraph(text, style) + "\n" +
         paragraph(fmt::format("Then: postern impact {} {}", printable(heading.tenant),
                               printable(heading.folder)),
                   style);
}

std::string fetch_json(const FetchDocument& document, const Style& /*style*/) {
  const auto& [heading, done] = document;
  return document_text({{"schema", "postern/fetch/1"},
                        {"tenant", heading.tenant},
                        {"source", heading.source},
                        {"folder", heading.folder},
                        {"since", format_time(done.since)},
                        {"until", format_time(done.until)},
                        {"resumed", done.resumed},
                        {"rows", done.rows},
                        {"details", done.details},
                        {"files", done.files},
                        {"requests", done.requests}});
}

}  // namespace postern::report
