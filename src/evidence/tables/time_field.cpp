#include "evidence/tables/time_field.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::evidence {

std::optional<UnixTime> TimeField::written(std::string_view text) {
  const auto found = parse_written_time(text);
  if (!found) return fault_is("is no time");
  const bool says_order = found->order != DateOrder::unknown || found->day_first;
  if (says_order && order_ == DateOrder::unknown) hung_on_the_file_ = true;
  if (found->order != DateOrder::unknown) {
    if (order_ == DateOrder::unknown) order_ = found->order;
    if (order_ != found->order) {
      return fault_is(order_ == DateOrder::day_first
                          ? "has the month first, where the file has the day first"
                          : "has the day first, where the file has the month first");
    }
  }
  const std::int64_t east = found->has_zone ? 0 : east_;
  if (!found->day_first || order_ == DateOrder::month_first) return found->time - east;
  if (order_ == DateOrder::day_first) return *found->day_first - east;
  if (open_text_.empty()) open_text_ = text;
  day_first_ = *found->day_first - east;
  return found->time - east;
}

HeaderZone zone_of_header(std::string_view header) {
  header = trim(header);
  if (header.ends_with('"')) header = trim(header.substr(0, header.size() - 1));
  if (!header.ends_with(']') && !header.ends_with(')')) return {};
  const std::size_t open = header.rfind(header.back() == ']' ? '[' : '(');
  if (open == std::string_view::npos || open == 0) return {};
  const std::string_view name = trim(header.substr(open + 1, header.size() - open - 2));
  // As the zone of a time that is known: "UTC", "GMT", "UTC+02:00", "+02:00".
  std::string_view offset = name;
  if (istarts_with(name, "UTC") || istarts_with(name, "GMT")) offset.remove_prefix(3);
  if (offset.empty()) return {name, 0};
  const auto time = parse_time("2000-01-01 00:00:00" + std::string(trim(offset)));
  if (!time) return {name, std::nullopt};
  return {name, *parse_time("2000-01-01") - *time};
}

bool mind_zone(std::string_view header, TimeField& times, std::vector<std::string>& remarks) {
  const HeaderZone zone = zone_of_header(header);
  if (zone.name.empty()) return false;
  if (zone.east) {
    times.set_zone(*zone.east);
    return true;
  }
  std::string remark =
      fmt::format("times are in the zone '{}', which is not known here: they are taken as UTC",
                  printable(zone.name));
  if (std::find(remarks.begin(), remarks.end(), remark) == remarks.end()) {
    remarks.push_back(std::move(remark));
  }
  return true;
}

}  // namespace postern::evidence
