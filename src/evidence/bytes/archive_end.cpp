#include "evidence/bytes/archive_end.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

namespace postern::evidence {
namespace {

constexpr std::string_view end_mark = "PK\5\6";
constexpr std::size_t end_record = 22;
// With the longest comment that the record can have.
constexpr std::size_t most_kept = end_record + 0xffff;

unsigned two_octets(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]) |
         static_cast<unsigned>(static_cast<unsigned char>(bytes[at + 1])) << 8;
}

}  // namespace

void ArchiveEnd::take(std::string_view bytes) {
  bytes = bytes.substr(bytes.size() - std::min(bytes.size(), most_kept));
  const std::size_t room = most_kept - bytes.size();
  if (last_.size() > room) last_.erase(0, last_.size() - room);
  last_ += bytes;
}

std::string ArchiveEnd::missing_of_zip(std::uint64_t members) const {
  constexpr unsigned in_zip64 = 0xffff;
  const std::string_view last = last_;
  for (std::size_t at = last.rfind(end_mark); at != std::string_view::npos && at < last.size();
       at = at == 0 ? std::string_view::npos : last.rfind(end_mark, at - 1)) {
    if (at + end_record > last.size()) continue;
    if (at + end_record + two_octets(last, at + 20) > last.size()) continue;
    const unsigned counted = two_octets(last, at + 10);
    if (counted == in_zip64 || counted == (members & 0xffff)) return {};
    return fmt::format("its directory counts {} members, {} were found", counted, members);
  }
  return "the directory at its end is missing";
}

std::string ArchiveEnd::missing_of_tar() const {
  constexpr std::size_t block = 512;
  const std::string_view last =
      std::string_view(last_).substr(last_.size() - std::min(last_.size(), block));
  const bool ends = last.size() == block && last.find_first_not_of('\0') == std::string_view::npos;
  return ends ? "" : "the zeros at its end are missing";
}

}  // namespace postern::evidence
