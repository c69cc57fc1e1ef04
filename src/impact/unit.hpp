// What is kept of one source: a client address, or where that is unknown an envelope sender.
// Internal to the room.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "impact/distinct.hpp"
#include "impact/impact.hpp"
#include "impact/services.hpp"
#include "policy/readings.hpp"

namespace postern::impact {

/// A few texts with how often each came. When it is full those with the smallest hashes stay, so
/// that the order in which they come does not matter.
class Samples {
 public:
  explicit Samples(std::size_t most) : most_(most) {}
  void add(std::string_view text, std::uint64_t hash, std::uint64_t times = 1);
  void merge(const Samples& other);
  /// Most frequent first, then by the text; at most `count`.
  [[nodiscard]] std::vector<std::string> top(std::size_t count) const;
  template <class Visit>
  void each_hash(Visit visit) const {
    for (const Entry& entry : entries_)
      visit(entry.hash);
  }
  /// Whether some were dropped.
  [[nodiscard]] bool dropped() const noexcept { return dropped_; }
  [[nodiscard]] bool holds(std::uint64_t hash) const noexcept {
    return std::any_of(entries_.begin(), entries_.end(),
                       [hash](const Entry& entry) { return entry.hash == hash; });
  }

 private:
  struct Entry {
    std::uint64_t hash;
    std::string text;
    std::uint64_t times;
  };
  std::size_t most_;
  std::vector<Entry> entries_;
  bool dropped_ = false;
};

/// An address and a domain that it sends as, for a question about SPF.
struct OpenSpf {
  IpAddress address;
  std::string domain;
  std::string mail_from;        ///< an envelope sender at it, of the messages below
  std::uint64_t messages = 0;   ///< whose SPF no evidence tells
  std::uint64_t uncertain = 0;  ///< of which the envelope sender is not recorded
  bool is_told = false;         ///< of another message of the pair the evidence does tell it
};

struct Unit {
  std::vector<IpAddress> addresses;  ///< one in a unit, more in a group; at most 64
  std::uint64_t address_count = 0;
  bool address_known = false;

  std::uint64_t messages = 0;
  DayCounts days;
  std::optional<UnixTime> first;
  std::optional<UnixTime> last;
  DistinctCount recipients;
  DistinctCount reverse_paths;
  Samples path_samples{32};
  Samples domains{32};  ///< of the envelope sender
  Samples hosts{16};
  Samples message_id_domains{8};
  Samples upstreams{8};  ///< of a relay of one's own
  Samples subjects{3};
  Samples message_ids{3};
  ResultCounts spf{}, dkim{}, dmarc{}, compauth{};
  ResultCounts published_spf{};          ///< messages by what SPF says today, where spf is unknown
  std::vector<OpenSpf> open_spf;         ///< kept where somebody can be asked
  std::uint64_t claims_unconfirmed = 0;  ///< messages whose header claims a pass that did not hold
  std::uint64_t spf_claimed = 0;  ///< messages with an SPF pass that only their own header tells of
  std::uint64_t signed_by_author = 0;  ///< messages with a signature that may vouch for the sender
  std::uint64_t proved = 0;            ///< messages with a hard fact for the domain's owner
  std::uint64_t proved_by_spf = 0;     ///< of these, without a signature of the author's
  std::uint64_t disproved = 0;         ///< messages whose results are recorded, and hold none
  std::array<std::uint64_t, 6> delivery{};
  std::uint64_t to_self = 0;         ///< sender and recipient are the same
  std::uint64_t bracketed_helo = 0;  ///< HELO [127.0.0.1] and the like
  std::uint64_t no_reverse_name = 0;
  std::uint64_t exchange_ids = 0;     ///< Message-ID made by Exchange Online
  std::uint64_t own_domain_ids = 0;   ///< Message-ID under an accepted domain
  std::uint64_t with_message_id = 0;  ///< messages whose Message-ID is known
  std::uint64_t with_helo = 0;        ///< messages whose HELO name is known
  std::uint64_t with_reverse_name = 0;
  std::uint64_t forwarded = 0;       ///< the platform recorded that it is forwarded
  std::uint64_t first_contact = 0;   ///< sender and recipient, as the platform recorded
  std::uint64_t with_contact = 0;    ///< messages of which it did
  std::uint64_t acs = 0;             ///< proved to be Azure Communication Services'
  std::uint32_t hours = 0;           ///< UTC hours of the day, one bit each
  std::uint64_t writes_outside = 0;  ///< messages of its envelope senders to recipients outside
  /// Several addresses that are one device's, one after the other (movers.hpp).
  bool moves = false;
  std::uint64_t outlook_host = 0;  ///< host name is that of Exchange Online's outbound servers
  std::uint16_t service = no_service;

  Counts now;
  Counts with_rejection;
  std::uint64_t refused_already = 0;  ///< refused today as well as with the switch on
  std::uint64_t hanging = 0;          ///< undetermined because a choice decides
  policy::Choice hangs_on = policy::Choice::none;
  ReasonCounts reasons{};
  ReasonCounts reasons_now{};  ///< of what is refused already
  policy::Fact missing = policy::Fact::none;
  policy::Note notes = policy::Note::none;
  std::vector<std::string> connectors;
  std::vector<Shape> shapes;  ///< where they are kept

  /// The envelope sender domain it uses most.
  [[nodiscard]] std::string domain() const;
  void add_connector(std::string_view name);
  void merge(const Unit& other);
};

/// Adds to the count of a verdict's action.
void count(Counts& counts, policy::Action action, std::uint64_t messages) noexcept;

}  // namespace postern::impact
