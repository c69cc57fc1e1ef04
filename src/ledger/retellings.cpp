#include "ledger/retellings.hpp"

#include <string_view>
#include <utility>

#include "base/ascii.hpp"

namespace postern::ledger {

std::optional<Outcome> Retellings::add(const Record& record, const VerdictId& of) {
  if (record.transaction.empty()) return std::nullopt;
  std::string key;
  const std::string client = record.client ? record.client->text() : std::string{};
  const std::string recipient = to_lower(record.recipient);
  for (const std::string_view part :
       {std::string_view(of.gate), std::string_view(of.epoch), std::string_view(record.transaction),
        std::string_view(client), std::string_view(record.sender), std::string_view(recipient)}) {
    key += part;
    key += '\0';
  }
  if (const auto found = told_.find(key); found != told_.end()) return found->second;
  if (!is_of_the_rule(record)) {
    key += "protection";
    if (const auto found = told_.find(key); found != told_.end()) return found->second;
  }
  remember(std::move(key), record.outcome);
  return std::nullopt;
}

void Retellings::remember(std::string key, Outcome outcome) {
  if (oldest_.size() >= most) {
    told_.erase(oldest_.front());
    oldest_.pop_front();
  }
  oldest_.push_back(key);
  told_.emplace(std::move(key), outcome);
}

}  // namespace postern::ledger
