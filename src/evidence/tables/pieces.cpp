#include "evidence/tables/pieces.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evidence/in_order.hpp"
#include "evidence/recorded_rows.hpp"
#include "evidence/tables/line_ends.hpp"

namespace postern::evidence {
namespace {

constexpr std::size_t most_recorded_of_piece = 16u << 20;  // of a piece
constexpr std::size_t fewest_looked_into = 8;              // pieces, after a guess was wrong

/// Text of the file that begins with a row.
struct Cut {
  std::string text;
  bool is_guess = false;  // that it ends with a row
};

// Used again: its room is dear.
struct Piece {
  explicit Piece(const Sink& sink) : rows(most_recorded_of_piece, &sink) {}

  void begin(Cut cut, const TimeField& known) {
    text = std::move(cut.text);
    is_guess = cut.is_guess;
    times = known;
    rows.clear();
    questions.clear();
    tally = {};
    size = {};
    is_whole = left_to_caller = false;
  }

  std::string text;
  bool is_guess = false;
  TimeField times;  // what was known of the file's when it was cut
  RecordedRows rows;
  std::vector<OpenQuestion> questions;
  Tally tally;
  Before size;  // its rows and line ends
  bool is_whole = false;
  bool left_to_caller = false;
};

// Tells the rows of a piece as those of the file, and those of a yes to their question alone.
class InFile final : public Sink {
 public:
  InFile(Sink& sink, const Before& before, Piece& piece, RecentRows& recent)
      : sink_(sink), before_(before), piece_(piece), recent_(recent) {}

  void message(const Message& m) override {
    if (counts()) sink_.message(m);
  }
  void brief(const Brief& b) override {
    if (counts()) sink_.brief(b);
  }
  void not_relevant(NotRelevant why) override {
    (void)counts();  // it may only be mentioned
    sink_.not_relevant(why);
  }
  void bad(const BadRow& row) override {
    (void)counts();  // such a row is only remembered
    BadRow moved = row;
    if (row.row > 0) moved.row += before_.rows;
    if (row.line > 0) moved.line += before_.lines;
    sink_.bad(moved);
  }

 private:
  bool counts() {
    const std::uint64_t row = row_++;
    if (next_ == piece_.questions.size() || piece_.questions[next_].row != row) return true;
    const OpenQuestion& question = piece_.questions[next_++];
    if (recent_.answer(question.asked)) return true;
    Tally& tally = piece_.tally;
    --tally.messages;
    if (question.of_the_future) --tally.of_the_future;
    ++tally.not_relevant[static_cast<std::size_t>(question.otherwise)];
    sink_.not_relevant(question.otherwise);
    return false;
  }

  Sink& sink_;
  const Before& before_;
  Piece& piece_;
  RecentRows& recent_;
  std::uint64_t row_ = 0;
  std::size_t next_ = 0;  // of the piece's questions
};

void add(Tally& all, const Tally& piece) {
  all.rows += piece.rows;
  all.messages += piece.messages;
  for (std::size_t i = 0; i < not_relevant_kinds; ++i)
    all.not_relevant[i] += piece.not_relevant[i];
  all.bad += piece.bad;
  all.of_the_future += piece.of_the_future;
}

// What became of a piece.
enum class Told : std::uint8_t {
  whole,
  ends_table,
  cut_in_row,  // nothing was told: the guess was wrong
};

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
    looked_into_left_ = 1;  // the first, with the header, is for the caller's thread
    if (auto begin = next()) {
      if (auto read = read_here(std::move(begin->text)); !read || *read != RowsEnd::read)
        return read;
      for (bool more = true; more;) {
        auto read = read_ahead(more);
        if (!read || *read != RowsEnd::read) return read;
      }
    }
    text_.erase(0, cut_);
    if (!failed_) return table_.read(std::move(text_), source_, before_, rows_);
    ByteSource rest = ByteSource::pulled(
        source_.name(), [this](char*, std::size_t) -> Result<std::size_t> { return failed(); },
        std::nullopt);
    return table_.read(std::move(text_), rest, before_, rows_);
  }

 private:
  // The next rows; nullopt where there are none: what is left is for the caller's thread.
  std::optional<Cut> next() {
    std::size_t looked_at = options_.piece;  // a long row is waited for in growing steps
    for (;;) {
      if (const std::size_t there = text_.size() - cut_; there >= looked_at) {
        const std::string_view uncut =
            std::string_view(text_).substr(cut_, there < 2 * looked_at ? there : looked_at);
        const bool is_guess = sliced_.whole_rows && looked_into_left_ == 0;
        const std::size_t end = is_guess || !sliced_.whole_rows ? uncut.rfind('\n') + 1  // or 0
                                                                : sliced_.whole_rows(uncut);
        if (end > 0) {
          if (looked_into_left_ > 0) --looked_into_left_;
          return Cut{take(end), is_guess};
        }
        if (uncut.size() > options_.longest_row) return std::nullopt;
        looked_at *= 2;
      }
      if (text_.size() - cut_ >= looked_at) continue;
      if (ended_) return std::nullopt;
      text_.erase(0, cut_);
      cut_ = 0;
      const auto more = source_.append_to(text_);
      if (!more) failed_ = more.error();  // once the rows before it are told
      ended_ = !more || !*more;
    }
  }

  // The next octets of the text. Where they are most of it, what comes after them is copied.
  std::string take(std::size_t size) {
    if (cut_ > 0 || size < text_.size() / 2) {
      cut_ += size;
      return text_.substr(cut_ - size, size);
    }
    std::string rest = std::exchange(room_, {});
    rest.assign(text_, size);
    text_.resize(size);
    return std::exchange(text_, std::move(rest));
  }

  tl::unexpected<Error> failed() const { return tl::unexpected(*failed_); }

  Result<RowsEnd> read_here(std::string text) {
    const std::uint64_t lines = line_ends_in(text);
    ByteSource rest = ByteSource::of({}, 1, source_.name());
    auto read = table_.read(std::move(text), rest, before_, rows_);
    before_.lines += lines;
    return read;
  }

  // To the end, or until `again` must be begun: a piece was cut in a row, or there is a new header.
  Result<RowsEnd> read_ahead(bool& again) {
    again = false;
    const std::uint64_t headers = table_.headers();
    std::vector<std::unique_ptr<PieceReader>> readers;
    for (unsigned i = 0; i < options_.threads; ++i)
      readers.push_back(sliced_.reader());
    InOrder<Piece> ahead(options_.threads, std::size_t{2} * options_.threads,
                         [&](Piece& piece, unsigned thread) { work(piece, *readers[thread]); });
    for (bool more = true; more || !ahead.empty();) {
      while (more && !ahead.full()) {
        auto cut = next();
        more = cut.has_value();
        if (more) ahead.add(piece_of(std::move(*cut)));
      }
      if (ahead.empty()) break;
      auto piece = ahead.take();
      const auto told = tell(*piece);
      if (!told) return tl::unexpected(told.error());
      if (*told == Told::ends_table) return RowsEnd::of_table;
      if (*told == Told::cut_in_row) {
        looked_into_ = std::max(fewest_looked_into, looked_into_ * 2);
        looked_into_left_ = looked_into_;
      }
      again = *told == Told::cut_in_row || table_.headers() != headers;
      if (again) {
        put_back(*told == Told::cut_in_row ? std::move(piece->text) : std::string(), ahead);
        return RowsEnd::read;
      }
      room_ = std::move(piece->text);
      spare_.push_back(std::move(piece));
      if (options_.progress) options_.progress(source_.bytes_read());
    }
    return RowsEnd::read;
  }

  std::unique_ptr<Piece> piece_of(Cut cut) {
    if (spare_.empty()) spare_.push_back(std::make_unique<Piece>(tell_.sink()));
    auto piece = std::move(spare_.back());
    spare_.pop_back();
    piece->begin(std::move(cut), format_.times());
    return piece;
  }

  // What was cut and not told is text again.
  void put_back(std::string text, InOrder<Piece>& ahead) {
    while (!ahead.empty())
      text += ahead.take()->text;
    text_.replace(0, cut_, text);
    cut_ = 0;
  }

  void work(Piece& piece, PieceReader& reader) const {
    TimeField& times = reader.format->times();
    times = piece.times;
    times.begin_piece();
    piece.tally.file = tell_.tally().file;
    piece.tally.format = tell_.tally().format;
    Teller tell(piece.rows, piece.tally, options_.reference_time);
    DatedRows rows(*reader.format, tell, &piece.questions);
    const auto read = reader.rows->read_alone(piece.text, piece.size, rows);
    piece.is_whole = read && *read == RowsEnd::read;
    piece.left_to_caller = !piece.is_whole || rows.are_waiting() || piece.rows.full();
  }

  Result<Told> tell(Piece& piece) {
    if (!piece.is_whole && piece.is_guess) return Told::cut_in_row;
    // Rows before it may have told their zone since it was cut, or wait for the order of dates.
    const bool needs_those_before =
        piece.times.zone() != format_.times().zone() || rows_.are_waiting();
    if (piece.left_to_caller || needs_those_before) {
      const auto read = read_here(std::move(piece.text));
      if (!read) return tl::unexpected(read.error());
      return *read == RowsEnd::read ? Told::whole : Told::ends_table;
    }
    InFile sink(tell_.sink(), before_, piece, format_.recent());
    piece.rows.tell(sink);
    add(tell_.tally(), piece.tally);
    before_.rows += piece.size.rows;
    before_.lines += piece.size.lines;
    return Told::whole;
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
  std::string room_;     // of a text that was told
  std::vector<std::unique_ptr<Piece>> spare_;
  bool ended_ = false;
  std::optional<Error> failed_;  // why it ended
  std::size_t looked_into_ = 0;  // pieces that are cut without a guess, after the last wrong one
  std::size_t looked_into_left_ = 0;  // of these
};

}  // namespace

Result<RowsEnd> read_in_pieces(std::string first, ByteSource& source, Before& before,
                               TableRows& table, TableFormat& format, DatedRows& rows,
                               const Sliced& sliced, const Options& options, Teller& tell) {
  return Pieces(source, before, table, format, rows, sliced, options, tell).read(std::move(first));
}

}  // namespace postern::evidence
