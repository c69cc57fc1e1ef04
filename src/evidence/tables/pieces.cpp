#include "evidence/tables/pieces.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "evidence/in_order.hpp"
#include "evidence/recorded_rows.hpp"
#include "evidence/tables/line_ends.hpp"

namespace postern::evidence {
namespace {

constexpr std::size_t most_recorded_of_piece = 16u << 20;  // of a piece

struct Piece {
  Piece(std::string given, TimeField known, const Sink& sink)
      : text(std::move(given)), times(std::move(known)), rows(most_recorded_of_piece, &sink) {}

  std::string text;  // whole rows
  TimeField times;   // what was known of the file's when it was cut
  RecordedRows rows;
  Tally tally;
  Before size;  // its rows and line ends
  bool left_to_caller = false;
};

// Tells the rows of a piece as those of the file.
class InFile final : public Sink {
 public:
  InFile(Sink& sink, const Before& before) : sink_(sink), before_(before) {}

  void message(const Message& m) override { sink_.message(m); }
  void brief(const Brief& b) override { sink_.brief(b); }
  void not_relevant(NotRelevant why) override { sink_.not_relevant(why); }
  void bad(const BadRow& row) override {
    BadRow moved = row;
    if (row.row > 0) moved.row += before_.rows;
    if (row.line > 0) moved.line += before_.lines;
    sink_.bad(moved);
  }

 private:
  Sink& sink_;
  const Before& before_;
};

void add(Tally& all, const Tally& piece) {
  all.rows += piece.rows;
  all.messages += piece.messages;
  for (std::size_t i = 0; i < not_relevant_kinds; ++i)
    all.not_relevant[i] += piece.not_relevant[i];
  all.bad += piece.bad;
  all.of_the_future += piece.of_the_future;
}

ByteSource nothing() {
  return ByteSource::of({});
}

class Pieces {
 public:
  Pieces(ByteSource& source, Before& before, TableRows& table, TableFormat& format, DatedRows& rows,
         const Sliced& sliced, const Options& options, Teller& tell)
      : source_(source),
        before_(before),
        table_(table),
        format_(format),
        rows_(rows),
        sliced_(sliced),
        options_(options),
        tell_(tell) {}

  Result<RowsEnd> read(std::string first) {
    text_ = std::move(first);
    auto begin = next();
    if (!begin) return tl::unexpected(begin.error());
    if (*begin) {  // with the header, by the caller's thread
      if (auto read = read_here(std::move(**begin)); !read || *read != RowsEnd::read) return read;
      if (auto read = read_ahead(); !read || *read != RowsEnd::read) return read;
    }
    text_.erase(0, cut_);
    return table_.read(std::move(text_), source_, before_, rows_, false);
  }

 private:
  // The next whole rows; nullopt where there are none: what is left is for the caller's thread.
  Result<std::optional<std::string>> next() {
    std::size_t looked_at = options_.piece;  // a long row is waited for in growing steps
    for (;;) {
      const std::string_view uncut = std::string_view(text_).substr(cut_, looked_at);
      if (uncut.size() == looked_at) {
        if (const std::size_t end = sliced_.whole_rows(uncut); end > 0) {
          cut_ += end;
          return std::string(uncut.substr(0, end));
        }
        if (uncut.size() > options_.longest_row) return std::nullopt;
        looked_at *= 2;
      }
      if (text_.size() - cut_ >= looked_at) continue;
      if (ended_) return std::nullopt;
      text_.erase(0, cut_);
      cut_ = 0;
      const auto more = source_.append_to(text_);
      if (!more) return tl::unexpected(more.error());
      ended_ = !*more;
    }
  }

  Result<RowsEnd> read_here(std::string text) {
    const std::uint64_t lines = line_ends_in(text);
    ByteSource rest = nothing();
    auto read = table_.read(std::move(text), rest, before_, rows_, false);
    before_.lines += lines;
    return read;
  }

  // As long as there are whole rows.
  Result<RowsEnd> read_ahead() {
    std::vector<std::unique_ptr<PieceReader>> readers;
    for (unsigned i = 0; i < options_.threads; ++i)
      readers.push_back(sliced_.reader());
    InOrder<Piece> ahead(options_.threads, std::size_t{2} * options_.threads,
                         [&](Piece& piece, unsigned thread) { work(piece, *readers[thread]); });
    for (bool more = true; more || !ahead.empty();) {
      while (more && !ahead.full()) {
        auto text = next();
        if (!text) return tl::unexpected(text.error());
        more = text->has_value();
        if (more)
          ahead.add(std::make_unique<Piece>(std::move(**text), format_.times(), tell_.sink()));
      }
      if (ahead.empty()) break;
      const auto piece = ahead.take();
      if (auto told = tell(*piece); !told || *told != RowsEnd::read) return told;
      if (options_.progress) options_.progress(source_.bytes_read());
    }
    return RowsEnd::read;
  }

  void work(Piece& piece, PieceReader& reader) const {
    TimeField& times = reader.format->times();
    times = piece.times;
    times.begin_piece();
    piece.tally.file = tell_.tally().file;
    Teller tell(piece.rows, piece.tally, options_.reference_time);
    DatedRows rows(times, tell);
    ByteSource rest = nothing();
    // Copied: where the piece can't be read alone, the caller's thread reads it again.
    const auto read = reader.rows->read(piece.text, rest, piece.size, rows, true);
    piece.left_to_caller =
        !read || *read != RowsEnd::read || rows.are_waiting() || piece.rows.full();
    piece.size.lines = line_ends_in(piece.text);
  }

  Result<RowsEnd> tell(Piece& piece) {
    // Rows before it may have told their zone since it was cut, or wait for the order of dates.
    const bool needs_those_before =
        piece.times.zone() != format_.times().zone() || rows_.are_waiting();
    if (piece.left_to_caller || needs_those_before) return read_here(std::move(piece.text));
    InFile sink(tell_.sink(), before_);
    piece.rows.tell(sink);
    add(tell_.tally(), piece.tally);
    before_.rows += piece.size.rows;
    before_.lines += piece.size.lines;
    return RowsEnd::read;
  }

  ByteSource& source_;
  Before& before_;
  TableRows& table_;
  TableFormat& format_;
  DatedRows& rows_;
  const Sliced& sliced_;
  const Options& options_;
  Teller& tell_;
  std::string text_;     // of the source
  std::size_t cut_ = 0;  // how much of it is in pieces
  bool ended_ = false;
};

}  // namespace

Result<RowsEnd> read_in_pieces(std::string first, ByteSource& source, Before& before,
                               TableRows& table, TableFormat& format, DatedRows& rows,
                               const Sliced& sliced, const Options& options, Teller& tell) {
  return Pieces(source, before, table, format, rows, sliced, options, tell).read(std::move(first));
}

}  // namespace postern::evidence
