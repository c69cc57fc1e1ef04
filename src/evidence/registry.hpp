// The registry of formats: one row each, with all that the room knows of it. A new format is its
// own file, its row in registry.cpp, and its example in testdata/formats. Internal to the room.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "evidence/bytes/byte_source.hpp"
#include "evidence/format.hpp"
#include "evidence/reader.hpp"
#include "evidence/source_reading.hpp"
#include "evidence/tables/row.hpp"
#include "evidence/teller.hpp"

namespace postern::evidence {

/// What a reader is given beside its bytes.
struct Reading {
  Format format;
  const Nesting& nesting;
  const Options& options;
  Teller& tell;
};

/// Makes the meaning of a table's rows.
using TableMaker = std::unique_ptr<TableFormat>(const Options&);
/// Reads what is no table. An error makes the rest of the source unreadable.
using SourceReader = Result<void>(ByteSource&, const Reading&);

/// Whether the first piece of a text is of this format, in that encoding.
using StartsLike = bool(std::string_view first_piece, Encoding);

/// The columns that tell a table: all of `with` and none of `without`, compared as columns are
/// (row.hpp). In JSON they are keys.
struct Columns {
  std::vector<std::string_view> with;
  std::vector<std::string_view> without = {};
};

bool has_columns(const std::vector<std::string_view>& header, const Columns& wanted);

/// What a source records, in a word or two each.
struct Knows {
  std::string_view envelope_sender, client_address, connector, authentication, days_back;
};

/// What --format calls it, by encoding; empty for those in which it does not come.
struct Names {
  std::string_view own = {};
  std::string_view csv = {};
  std::string_view json = {};
  std::string_view json_lines = {};

  [[nodiscard]] constexpr std::string_view of(Encoding encoding) const noexcept {
    switch (encoding) {
      case Encoding::own:
        return own;
      case Encoding::csv:
        return csv;
      case Encoding::json:
        return json;
      case Encoding::json_lines:
        return json_lines;
    }
    return {};
  }
};

struct FormatRow {
  Names names;
  std::string_view title;
  /// A table: any of these tells it, and `table` makes its reader.
  std::vector<Columns> columns = {};
  TableMaker* table = nullptr;
  /// Anything else.
  StartsLike* starts_like = nullptr;
  SourceReader* read = nullptr;
  Trait trait = Trait::none;
  Knows knows = {};
  /// How many rows the service gives at most in one answer or file, by its documents. One that
  /// holds exactly so many may be cut, and as CSV can't say so.
  std::vector<std::uint64_t> most_rows = {};
  /// The fuzzer that feeds its reader, where that has not the format's own name.
  std::string_view fuzzer = {};
};

std::span<const FormatRow> registry();

/// The rows whose columns or first octets the text has, with their encoding. More than one is a
/// fault of the registry.
std::vector<Format> formats_like(std::string_view first_piece);

}  // namespace postern::evidence
