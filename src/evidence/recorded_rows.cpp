#include "evidence/recorded_rows.hpp"

#include <cstring>
#include <new>

namespace postern::evidence {
namespace {

constexpr std::size_t row_block_size = 32u << 10;

}  // namespace

bool RecordedRows::note(Kind kind, std::size_t size) {
  used_ += size + 1;
  if (full()) return false;
  order_.push_back(kind);
  return true;
}

char* RecordedRows::room(std::size_t size) {
  constexpr std::size_t step = alignof(std::string_view);
  size = (size + step - 1) / step * step;
  used_ += size;
  if (size > row_block_size / 4) {  // a block of its own, in front of the one that is filled
    blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(block_),
                   std::make_unique_for_overwrite<char[]>(size));
    return blocks_[block_++].get();
  }
  if (block_ < blocks_.size() && block_used_ + size > row_block_size) {
    ++block_;
    block_used_ = 0;
  }
  if (block_ == blocks_.size()) {
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(row_block_size));
    block_used_ = 0;
  }
  char* place = blocks_[block_].get() + block_used_;
  block_used_ += size;
  return place;
}

std::string_view RecordedRows::keep(std::string_view text) {
  if (text.empty()) return {};
  char* place = room(text.size());
  std::memcpy(place, text.data(), text.size());
  return {place, text.size()};
}

void RecordedRows::message(const Message& given) {
  if (teller_ != nullptr) {
    if (const auto brief = teller_->brief_of(given)) {
      if (note(Kind::brief, sizeof(Brief))) briefs_.push_back(*brief);
      return;
    }
  }
  if (!note(Kind::message, sizeof(Message))) return;
  Message& m = messages_.emplace_back(given);
  each_text(m, [this](std::string_view& text) { text = keep(text); });
  if (m.submission.recipient_domain) {
    const bool none = m.submission.recipient_domain->empty();
    m.submission.recipient_domain =
        none ? std::string_view{} : keep(*m.submission.recipient_domain);
  }
  const auto names = m.submission.certificate.subject_alternative_names;
  if (!names.empty()) {
    auto* kept = reinterpret_cast<std::string_view*>(room(names.size() * sizeof(std::string_view)));
    for (std::size_t i = 0; i < names.size(); ++i)
      new (kept + i) std::string_view(keep(names[i]));
    m.submission.certificate.subject_alternative_names = {kept, names.size()};
  }
}

void RecordedRows::not_relevant(NotRelevant why) {
  if (note(Kind::not_relevant, 1)) not_relevant_.push_back(why);
}

void RecordedRows::bad(const BadRow& row) {
  if (!note(Kind::bad, sizeof(BadRow))) return;
  bad_.push_back({keep(row.file), row.row, row.line, keep(row.column), keep(row.what)});
}

void RecordedRows::member_begins() {
  note(Kind::member_begins, 0);
}

void RecordedRows::member_done(const Tally& tally) {
  if (note(Kind::member_done, sizeof(Tally) + tally.file.size())) members_.push_back(tally);
}

void RecordedRows::tell(Sink& sink) const {
  std::size_t message = 0;
  std::size_t brief = 0;
  std::size_t aside = 0;
  std::size_t bad = 0;
  std::size_t member = 0;
  for (const Kind kind : order_) {
    switch (kind) {
      case Kind::message:
        sink.message(messages_[message++]);
        break;
      case Kind::brief:
        sink.brief(briefs_[brief++]);
        break;
      case Kind::not_relevant:
        sink.not_relevant(not_relevant_[aside++]);
        break;
      case Kind::bad:
        sink.bad(bad_[bad++]);
        break;
      case Kind::member_begins:
        sink.member_begins();
        break;
      case Kind::member_done:
        sink.member_done(members_[member++]);
        break;
    }
  }
}

void RecordedRows::clear() {
  used_ = 0;
  order_.clear();
  messages_.clear();
  briefs_.clear();
  not_relevant_.clear();
  bad_.clear();
  members_.clear();
  // One block of the usual size at most is kept for the next file.
  blocks_.clear();
  block_ = block_used_ = 0;
}

}  // namespace postern::evidence
