// The data of all senders, for the script: columns as JSON, gzip, base64 in a block that the
// content security policy does not run. What is long is kept once (the first envelope sender, the
// first subject), so that a hundred thousand fit.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include <zlib.h>

#include "report/html/sections.hpp"
#include "report/sender_words.hpp"

namespace postern::report::html {
namespace {

using impact::Sender;

// Packs what it is given and writes it on, so that the whole is never held unpacked. No time stamp
// stands in it (RFC 1952, 2.3.1): the same input gives the same octets.
class Packed {
 public:
  explicit Packed(Html& page) : page_(page) {
    // 16: with a gzip head. Not more than a constant's worth of memory, so it can't fail but for
    // that.
    if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
      throw std::bad_alloc();
    }
  }
  Packed(const Packed&) = delete;
  Packed& operator=(const Packed&) = delete;
  ~Packed() { (void)deflateEnd(&stream_); }

  Packed& operator<<(ScriptJson& piece) {
    feed(piece.str(), Z_NO_FLUSH);
    piece = ScriptJson(page_.redaction());
    return *this;
  }
  void finish() {
    feed({}, Z_FINISH);
    page_.base64(held_);
    held_.clear();
  }

 private:
  void feed(std::string_view octets, int flush) {
    // zlib takes what it only reads by a pointer to what it could change.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(octets.data()));  // NOLINT
    stream_.avail_in = static_cast<uInt>(octets.size());
    std::array<char, std::size_t{48} * 1024> out;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(out.data());
      stream_.avail_out = static_cast<uInt>(out.size());
      (void)deflate(&stream_, flush);
      held_.append(out.data(), out.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
    // Three octets are four characters: what is left over waits.
    const std::size_t whole = held_.size() / 3 * 3;
    if (whole == 0) return;
    page_.base64(std::string_view(held_).substr(0, whole));
    held_.erase(0, whole);
  }

  Html& page_;
  z_stream stream_{};
  std::string held_;
};

constexpr std::size_t piece_size = std::size_t{32} * 1024;

class Columns {
 public:
  Columns(Html& page, const impact::Report& report, const Figures& figures)
      : report_(report), figures_(figures), packed_(page), json_(page.redaction()) {}

  template <class TextOf>
  void texts(Own title, TextOf text_of) {
    begin(title);
    for (const Judged& judged : figures_.all())
      quoted(text_of(report_.senders[judged.index], judged));
    json_ << "]";
  }
  template <class NumberOf>
  void numbers(Own title, NumberOf number_of) {
    begin(title);
    for (const Judged& judged : figures_.all()) {
      item();
      json_ << std::uint64_t{number_of(report_.senders[judged.index], judged)};
    }
    json_ << "]";
  }
  /// Words that the numbers of a column stand for.
  template <class Words>
  void list(Own title, const Words& words) {
    begin(title);
    for (const std::string_view word : words)
      quoted(word);
    json_ << "]";
  }
  void finish() {
    json_ << "}";
    packed_ << json_;
    packed_.finish();
  }

 private:
  void begin(Own title) {
    json_ << (begun_ ? Own(",\"") : Own("{\"")) << title << "\":[";
    begun_ = true;
    first_ = true;
  }
  void item() {
    if (!first_) json_ << ",";
    first_ = false;
    if (json_.str().size() >= piece_size) packed_ << json_;
  }
  void quoted(std::string_view text) {
    item();
    json_ << "\"";
    json_.text(text) << "\"";
  }

  const impact::Report& report_;
  const Figures& figures_;
  Packed packed_;
  ScriptJson json_;
  bool begun_ = false;
  bool first_ = true;
};

constexpr std::array<std::string_view, 5> verdicts = {"accepted", "if certificate", "can’t tell",
                                                      "refused", "partly refused"};
std::uint64_t verdict_of(const Courses& courses) {
  std::size_t worst = 0;
  std::size_t ways = 0;
  for (std::size_t i = 0; i < courses.size(); ++i) {
    if (courses[i] == 0) continue;
    worst = i;
    ++ways;
  }
  return worst == 3 && ways > 1 ? 4 : worst;
}

std::string first_of(const std::vector<std::string>& texts) {
  return texts.empty() ? std::string() : texts.front();
}

}  // namespace

void write_tail(Html& page, const impact::Report& report, const Figures& figures) {
  const bool redacted = page.redaction().has_value();
  page << "<script type=\"application/octet-stream\" id=\"tail\">";
  Columns columns(page, report, figures);
  columns.texts("name", [](const Sender& s, const Judged&) { return std::string_view(s.name); });
  columns.texts("sends", [](const Sender& s, const Judged&) { return first_of(s.reverse_paths); });
  columns.texts("subject", [&](const Sender& s, const Judged&) {
    return redacted ? std::string() : first_of(s.subjects);
  });
  columns.numbers(
      "kind", [](const Sender& s, const Judged&) { return static_cast<std::uint64_t>(s.kind); });
  std::vector<std::string_view> kinds;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(impact::Kind::unknown); ++i)
    kinds.push_back(impact::name_of(static_cast<impact::Kind>(i)));
  columns.list("kinds", kinds);
  columns.numbers("messages", [](const Sender& s, const Judged&) { return s.messages; });
  columns.numbers("days", [](const Sender& s, const Judged&) { return s.days; });
  columns.numbers(
      "group", [](const Sender&, const Judged& j) { return static_cast<std::uint64_t>(j.group); });
  std::vector<std::string_view> titles;
  for (std::size_t i = 0; i < groups; ++i)
    titles.push_back(words_of(static_cast<Group>(i), figures.planned() != nullptr).title.text());
  columns.list("groups", titles);
  columns.numbers("switched",
                  [](const Sender&, const Judged& j) { return verdict_of(j.switched); });
  // Past the end of the list: there was no plan.
  columns.numbers("planned", [](const Sender&, const Judged& j) {
    return j.planned ? verdict_of(*j.planned) : verdicts.size();
  });
  columns.list("verdicts", verdicts);
  columns.finish();
  page << "</script>\n";
}

}  // namespace postern::report::html
