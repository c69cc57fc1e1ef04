// What a record of a DMARC aggregate report says of the messages that it counts, in whatever form
// the report was kept. Internal to the room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "auth/aggregate_report.hpp"
#include "evidence/message.hpp"
#include "evidence/reader.hpp"
#include "evidence/tables/row.hpp"

namespace postern::evidence {

class DmarcRecords {
 public:
  /// Fills `m`, whose views stay valid until the next call and as long as the record does. `place`
  /// is the record's among those of its report, from 1: the same report comes twice where several
  /// mailboxes are named in rua=.
  RowOutcome convert(const auth::AggregateMetadata&, const auth::AggregateRecord&,
                     std::uint64_t place, Message& m);
  /// Whether a report that names itself so can be the work of `carrier`, the domain that is shown
  /// to have sent it: Microsoft's, which reports for its customers, or a receiver's that tells
  /// of mail to itself. Others could report of this tenant's mail what they like.
  static bool is_of(const auth::AggregateMetadata&, std::string_view carrier, const Message&);
  /// After the last record: what is to be said of them all.
  void conclude(Tally&) const;

 private:
  static std::optional<std::string_view> normal(std::string_view text, std::string& into);
  bool set_reverse_path(const auth::AggregateMetadata&, const auth::AggregateRecord&, Message&);
  std::string_view receiver(const auth::AggregateMetadata&);

  std::uint64_t odd_authors_ = 0;  // messages
  std::string reported_;
  std::string header_from_, envelope_from_, envelope_to_, receiver_, id_;
};

}  // namespace postern::evidence
