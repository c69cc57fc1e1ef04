#include "impact/changes.hpp"

#include <algorithm>
#include <cstddef>
#include <map>

#include <fmt/format.h>

namespace postern::impact {
namespace {

using Index = std::map<std::string, std::size_t>;

std::string key_of(const std::string& name) {
  return "name " + name;
}

Index index_of(const std::vector<EarlierSender>& earlier) {
  Index out;
  for (std::size_t i = 0; i < earlier.size(); ++i) {
    for (const std::string& address : earlier[i].addresses)
      out.try_emplace(address, i);
    if (earlier[i].addresses.empty()) out.try_emplace(key_of(earlier[i].name), i);
  }
  return out;
}

const EarlierSender* find(const Index& index, const std::vector<EarlierSender>& earlier,
                          const Sender& sender, std::vector<bool>& met) {
  const EarlierSender* found = nullptr;
  const auto look = [&](const std::string& key) {
    const auto place = index.find(key);
    if (place == index.end()) return;
    met[place->second] = true;
    if (found == nullptr) found = &earlier[place->second];
  };
  for (const IpAddress address : sender.addresses)
    look(address.text());
  if (sender.addresses.empty()) look(key_of(sender.name));
  return found;
}

}  // namespace

std::string standing_of(const Sender& sender) {
  return sender.standing == Standing::open
             ? std::string(name_of(sender.standing))
             : fmt::format("{} {}", name_of(sender.standing), name_of(sender.looks));
}

Changes compare(const std::vector<EarlierSender>& earlier, const Report& now) {
  Changes out;
  const Index index = index_of(earlier);
  std::vector<bool> met(earlier.size());
  for (const Sender& sender : now.senders) {
    const EarlierSender* before = find(index, earlier, sender, met);
    const std::string kind(name_of(sender.kind));
    if (before == nullptr) {
      out.added.push_back(fmt::format("{}: {}, {} message{}", sender.name, kind, sender.messages,
                                      sender.messages == 1 ? "" : "s"));
      continue;
    }
    if (before->kind != kind) {
      out.changed.push_back(fmt::format("{}: {}, was {}", sender.name, kind, before->kind));
    }
    const std::string standing = standing_of(sender);
    if (!before->standing.empty() && before->standing != standing) {
      out.changed.push_back(fmt::format("{}: {}, was {}", sender.name, standing, before->standing));
    }
    const bool breaks = sender.with_rejection.reject > 0;
    if (breaks != (before->rejected > 0)) {
      out.changed.push_back(
          fmt::format("{}: {}", sender.name,
                      breaks ? "would be rejected, was not" : "would be rejected no longer"));
    }
  }
  for (std::size_t i = 0; i < earlier.size(); ++i) {
    if (met[i]) continue;
    out.vanished.push_back(fmt::format("{}: {}, {} message{} then", earlier[i].name,
                                       earlier[i].kind, earlier[i].messages,
                                       earlier[i].messages == 1 ? "" : "s"));
  }
  return out;
}

}  // namespace postern::impact
