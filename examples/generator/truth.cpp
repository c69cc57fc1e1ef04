// What impact should find, one line a sender that Direct Send concerns.
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "mail.hpp"

namespace postern::example {

void write_truth(const std::string& path, const std::vector<Actor>& actors,
                 const std::vector<Mail>& mail) {
  std::string out =
      "actor,looks,kind,verdict,messages,days,recipients,envelope_senders,first,last,addresses\n";
  for (const Actor& actor : actors) {
    if (actor.truth.looks.empty()) continue;
    std::uint64_t messages = 0;
    std::set<std::int64_t> days;
    std::set<std::string> recipients;
    std::set<std::string> senders;
    std::set<std::string> addresses;
    UnixTime first = 0;
    UnixTime last = 0;
    for (const Mail& each : mail) {
      if (each.actor != &actor) continue;
      if (messages++ == 0) first = each.time;
      last = each.time;
      days.insert(day_of(each.time));
      recipients.insert(each.recipient);
      senders.insert(each.sender);
      addresses.insert(each.address);
    }
    std::string list;
    for (const std::string& address : addresses)
      list += (list.empty() ? "" : " ") + address;
    out +=
        fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", actor.name, actor.truth.looks,
                    actor.truth.kind, actor.truth.verdict, messages, days.size(), recipients.size(),
                    senders.size(), format_time(first), format_time(last), list);
  }
  write_file(path, out);
}

}  // namespace postern::example
