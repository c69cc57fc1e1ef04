// A sink that keeps what it is told, to tell it again to another one: so that files can be read on
// several threads and still be told in order. Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "evidence/reader.hpp"

namespace postern::evidence {

class RecordedRows final : public Sink {
 public:
  /// Keeps about `most` octets; what comes after is dropped and full() says so.
  /// Of a message, what is enough for `teller`, where that is given.
  explicit RecordedRows(std::size_t most, const Sink* teller = nullptr)
      : most_(most), teller_(teller) {}

  void message(const Message&) override;
  void not_relevant(NotRelevant) override;
  void bad(const BadRow&) override;
  void member_begins() override;
  void member_done(const Tally&) override;

  /// Tells all of it, in order.
  void tell(Sink& sink) const;
  void clear();
  [[nodiscard]] bool full() const noexcept { return used_ > most_; }

 private:
  enum class Kind : std::uint8_t { message, brief, not_relevant, bad, member_begins, member_done };
  std::string_view keep(std::string_view text);
  char* room(std::size_t size);
  bool note(Kind kind, std::size_t size);

  std::size_t most_;
  const Sink* teller_;
  std::size_t used_ = 0;
  std::vector<Kind> order_;
  std::vector<Message> messages_;
  std::vector<Brief> briefs_;
  std::vector<NotRelevant> not_relevant_;
  std::vector<BadRow> bad_;
  std::vector<Tally> members_;
  std::vector<std::unique_ptr<char[]>> blocks_;  // texts; a block stays where it is
  std::size_t block_ = 0;                        // the one that is filled
  std::size_t block_used_ = 0;
};

}  // namespace postern::evidence
