#include "difference/grid.hpp"

#include <algorithm>
#include <span>
#include <unordered_set>

namespace postern::difference {
namespace {

/// Numbers keys in the order in which they come.
template <class Key>
class Numbering {
 public:
  std::size_t operator()(Key key) {
    return known_.emplace(std::move(key), known_.size()).first->second;
  }
  [[nodiscard]] std::size_t size() const { return known_.size(); }

 private:
  std::unordered_map<Key, std::size_t, WordsHash> known_;
};

/// Lines of classes by the number that each was given.
std::vector<Bits> lines_of(const std::vector<std::size_t>& numbers, std::size_t count) {
  std::vector<Bits> out(count, Bits(numbers.size()));
  for (std::size_t i = 0; i < numbers.size(); ++i)
    out[numbers[i]].set(i);
  return out;
}

}  // namespace

Grid::Grid(const Classes& classes, std::size_t address_classes)
    : sender_classes_(classes.senders.size()),
      recipient_classes_(classes.recipients.size()),
      session_classes_(classes.sessions.size()),
      address_classes_(address_classes),
      parts_of_session_(session_classes_) {}

void Grid::add(const Block& block, Code code) {
  if (too_large_) return;
  if (open_ && (plane_ != block.plane || !(sessions_ == *block.sessions))) {
    close_sessions();
    if (plane_ != block.plane) close_plane();
  }
  if (!open_ || !(sessions_ == *block.sessions)) sessions_ = *block.sessions;
  open_ = true;
  plane_ = block.plane;
  if (code == nothing) return;
  const auto there = std::find_if(parts_.begin(), parts_.end(),
                                  [&](const auto& part) { return part.first == code; });
  if (there != parts_.end()) {
    there->second |= *block.addresses;
  } else {
    parts_.emplace_back(code, *block.addresses);
  }
}

void Grid::close_sessions() {
  std::sort(parts_.begin(), parts_.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  Key key;
  for (const auto& [code, addresses] : parts_) {
    key.push_back(code);
    key.insert(key.end(), addresses.words().begin(), addresses.words().end());
  }
  const std::size_t words = key.size();
  const auto [found, added] = known_parts_.emplace(std::move(key), all_parts_.size());
  if (added) {
    all_parts_.push_back(parts_);
    words_ += 2 * words;
  }
  sessions_.for_each(
      [this, part = found->second](std::size_t session) { parts_of_session_[session] = part; });
  parts_.clear();
}

void Grid::close_plane() {
  const auto [found, added] = known_behaviours_.emplace(parts_of_session_, all_behaviours_.size());
  if (added) {
    all_behaviours_.push_back(parts_of_session_);
    words_ += 2 * parts_of_session_.size();
  }
  behaviour_of_plane_.push_back(found->second);
  too_large_ = words_ > most_words;
}

bool Grid::finish(std::span<const Plane> planes) {
  if (open_ && !too_large_) {
    close_sessions();
    close_plane();
  }
  known_parts_.clear();
  known_behaviours_.clear();
  if (too_large_) return false;
  merge_pairs(planes);
  merge_sessions();
  return merge_addresses();
}

void Grid::merge_pairs(std::span<const Plane> planes) {
  std::vector<Key> rows(sender_classes_, Key(recipient_classes_));
  for (std::size_t plane = 0; plane < planes.size(); ++plane) {
    for (const auto& [sender, recipient] : planes[plane].pairs)
      rows[sender][recipient] = behaviour_of_plane_[plane];
  }
  Numbering<Key> number_rows;
  std::vector<std::size_t> row_of(sender_classes_);
  std::vector<const Key*> distinct;
  for (std::size_t sender = 0; sender < sender_classes_; ++sender) {
    row_of[sender] = number_rows(rows[sender]);
    if (row_of[sender] == distinct.size()) distinct.push_back(&rows[sender]);
  }
  Numbering<Key> number_columns;
  std::vector<std::size_t> column_of(recipient_classes_);
  std::vector<std::size_t> chosen;
  for (std::size_t recipient = 0; recipient < recipient_classes_; ++recipient) {
    Key column;
    for (const Key* row : distinct)
      column.push_back((*row)[recipient]);
    column_of[recipient] = number_columns(std::move(column));
    if (column_of[recipient] == chosen.size()) chosen.push_back(recipient);
  }
  lines_[by_sender] = lines_of(row_of, distinct.size());
  lines_[by_recipient] = lines_of(column_of, chosen.size());
  for (const Key* row : distinct) {
    for (const std::size_t recipient : chosen)
      behaviour_of_pair_.push_back((*row)[recipient]);
  }
}

void Grid::merge_sessions() {
  Numbering<Key> number;
  std::vector<std::size_t> number_of(session_classes_);
  std::vector<std::size_t> chosen;
  for (std::size_t session = 0; session < session_classes_; ++session) {
    Key key;
    for (const Key& behaviour : all_behaviours_)
      key.push_back(behaviour[session]);
    number_of[session] = number(std::move(key));
    if (number_of[session] == chosen.size()) chosen.push_back(session);
  }
  lines_[by_session] = lines_of(number_of, chosen.size());
  for (const Key& behaviour : all_behaviours_) {
    for (const std::size_t session : chosen)
      behaviours_.push_back(behaviour[session]);
  }
  all_behaviours_.clear();
}

// Only what some code tells apart stays apart.
bool Grid::merge_addresses() {
  constexpr std::size_t none = ~std::size_t{0};
  std::vector<std::size_t> number_of(address_classes_, 0);
  std::size_t count = 1;
  std::unordered_set<Key, WordsHash> seen;
  for (const Parts& parts : all_parts_) {
    for (const auto& [code, addresses] : parts) {
      if (!seen.emplace(addresses.words().begin(), addresses.words().end()).second) continue;
      std::vector<std::size_t> renumbered(2 * count, none);
      count = 0;
      for (std::size_t i = 0; i < address_classes_; ++i) {
        std::size_t& number = renumbered[2 * number_of[i] + (addresses.test(i) ? 1 : 0)];
        if (number == none) number = count++;
        number_of[i] = number;
      }
    }
  }
  lines_[by_address] = lines_of(number_of, count);
  const std::size_t cells =
      size(by_sender) * size(by_recipient) * size(by_session) * size(by_address);
  if (cells > most_cells || all_parts_.size() * count > most_words) return false;
  codes_.assign(all_parts_.size() * count, nothing);
  for (std::size_t i = 0; i < all_parts_.size(); ++i) {
    for (const auto& [code, addresses] : all_parts_[i]) {
      for (std::size_t line = 0; line < count; ++line) {
        if (addresses.test(lines_[by_address][line].first())) codes_[i * count + line] = code;
      }
    }
  }
  all_parts_.clear();
  return true;
}

Box Grid::in_classes(const Box& lines) const {
  Box out;
  for (const Dimension d : dimensions) {
    out[d] = Bits(lines_[d][0].words().size() * 64);
    lines[d].for_each([&](std::size_t i) { out[d] |= lines_[d][i]; });
  }
  return out;
}

}  // namespace postern::difference
