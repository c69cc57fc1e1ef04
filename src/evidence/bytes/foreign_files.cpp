#include "evidence/bytes/foreign_files.hpp"

#include <array>

namespace postern::evidence {
namespace {

using namespace std::string_view_literals;

struct ForeignKind {
  std::string_view starts;  ///< first bytes
  std::string_view holds;   ///< besides, somewhere in what was seen; empty: nothing more
  std::string_view what, remedy;
};

constexpr std::array<ForeignKind, 8> foreign_kinds = {{
    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, ""sv,
     "is an Outlook message (.msg) or an old Office file"sv,
     "save the mail as .eml (new Outlook and Outlook on the web: Save as; or a folder as mbox), a "
     "table as CSV"sv},
    {"PK\x03\x04"sv, "[Content_Types].xml"sv, "is an Office file (.xlsx, .docx)"sv,
     "save the table as CSV UTF-8"sv},
    {"!BDN"sv, ""sv, "is an Outlook data file (.pst, .ost)"sv,
     "export the mail as mbox or .eml, with readpst for one"sv},
    {"Obj\x01"sv, "avro.schema"sv, "is an Avro file, as Event Hubs Capture writes it"sv,
     "write each record's Body as a line of JSON"sv},
    {"PAR1"sv, ""sv, "is a Parquet file"sv, "export the table as CSV or JSON lines"sv},
    {"ElfFile\0"sv, ""sv, "is a Windows event log"sv,
     "name Exchange's message tracking or protocol logs instead"sv},
    {"%PDF-"sv, ""sv, "is a PDF file"sv, "export the table behind it as CSV"sv},
    {"SQLite format 3\0"sv, ""sv, "is a database that comes out of a pipe or an archive"sv,
     "name the ledger's file itself"sv},
}};

}  // namespace

std::optional<Error> foreign_file(std::string_view bytes, const std::string& name) {
  for (const ForeignKind& kind : foreign_kinds) {
    if (!bytes.starts_with(kind.starts)) continue;
    if (!kind.holds.empty() && bytes.find(kind.holds) == std::string_view::npos) continue;
    return Error{std::string(kind.what), name, std::string(kind.remedy)};
  }
  return std::nullopt;
}

}  // namespace postern::evidence
