// The rows of a table in JSON, by their keys. Internal to the room.
#pragma once

#include <optional>
#include <string>

#include "evidence/reader.hpp"
#include "evidence/tables/json_objects.hpp"
#include "evidence/tables/row.hpp"
#include "evidence/tables/table_rows.hpp"

namespace postern::evidence {

class JsonTable final : public TableRows {
 public:
  JsonTable(TableFormat& format, JsonObjects::Shape shape, const Options& options, Tally& tally)
      : format_(format), shape_(shape), options_(options), tally_(tally) {}
  /// The same file's for another thread.
  JsonTable(const JsonTable& table, TableFormat& format, Tally& tally)
      : format_(format),
        shape_(table.shape_),
        options_(table.options_),
        tally_(tally),
        enveloped_(table.enveloped_) {}

  Result<RowsEnd> read(std::string text, ByteSource& rest, Before& before, DatedRows& rows,
                       bool alone) override;

 private:
  TableFormat& format_;
  JsonObjects::Shape shape_;
  const Options& options_;
  Tally& tally_;
  std::optional<bool> enveloped_;  // whether the file's first row lies in an envelope
};

}  // namespace postern::evidence
