// The rows of a table in JSON, by their keys. Internal to the room.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "evidence/reader.hpp"
#include "evidence/tables/json_objects.hpp"
#include "evidence/tables/row.hpp"
#include "evidence/tables/table_rows.hpp"

namespace postern::evidence {

class JsonTable final : public TableRows {
 public:
  JsonTable(TableFormat& format, JsonObjects::Shape shape, const Options& options, Tally& tally);
  /// The same file's for another thread.
  JsonTable(const JsonTable& table, TableFormat& format, Tally& tally);
  ~JsonTable() override;

  Result<RowsEnd> read(std::string text, ByteSource& rest, Before& before,
                       DatedRows& rows) override;
  Result<RowsEnd> read_alone(std::string& text, Before& before, DatedRows& rows) override;

 private:
  class Row;
  Result<RowsEnd> read_rows(JsonObjects&, const ByteSource& rest, Before&, DatedRows&, bool alone);

  TableFormat& format_;
  JsonObjects::Shape shape_;
  const Options& options_;
  Tally& tally_;
  std::optional<bool> enveloped_;  // whether the file's first row lies in an envelope
  std::unique_ptr<Row> row_;
};

}  // namespace postern::evidence
