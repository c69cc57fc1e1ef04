#include "evidence/mail/mail_attachments.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "evidence/teller.hpp"
#include "message/header.hpp"

namespace postern::evidence {
namespace {

constexpr std::size_t deepest_multipart = 8;
constexpr std::size_t longest_part_header = 64u << 10;

// The value of a parameter of Content-Type or Content-Disposition (RFC 2045, 5.1); continuations
// and character sets (RFC 2231) are left as they are.
std::string parameter(std::string_view field, std::string_view name) {
  for (std::size_t at = field.find(';'); at != std::string_view::npos;
       at = field.find(';', at + 1)) {
    const std::string_view rest = trim(field.substr(at + 1));
    if (!istarts_with(rest, name)) continue;
    std::string_view value = trim(rest.substr(name.size()));
    if (!value.starts_with('=')) continue;
    value = trim(value.substr(1));
    if (!value.starts_with('"')) return std::string(trim(value.substr(0, value.find(';'))));
    std::string out;
    for (std::size_t i = 1; i < value.size() && value[i] != '"'; ++i) {
      if (value[i] == '\\' && i + 1 < value.size()) ++i;
      out += value[i];
    }
    return out;
  }
  return {};
}

// The types in which reports come (RFC 7489, 7.2.1.1, and what is seen besides).
bool may_be_report(std::string_view type, std::string_view file_name) {
  constexpr std::array<std::string_view, 9> types = {"application/zip",
                                                     "application/x-zip-compressed",
                                                     "application/x-zip",
                                                     "application/gzip",
                                                     "application/x-gzip",
                                                     "application/gzip-compressed",
                                                     "text/xml",
                                                     "application/xml",
                                                     "application/dmarc+xml"};
  if (std::any_of(types.begin(), types.end(), [&](auto known) { return iequals(type, known); })) {
    return true;
  }
  const bool any =
      iequals(type, "application/octet-stream") || iequals(type, "application/x-compressed");
  return any && (iends_with(file_name, ".xml") || iends_with(file_name, ".zip") ||
                 iends_with(file_name, ".gz"));
}

}  // namespace

MailAttachments::MailAttachments(const Nesting& nesting, const Options& options, Sink& sink)
    : nesting_(nesting), options_(options), sink_(sink) {
  nesting_.reports_only = true;
}

MailAttachments::Part MailAttachments::part_of(std::string_view header_block) {
  const auto header = message::HeaderBlock::parse(header_block);
  const std::string field = header.text("Content-Type");
  const std::string_view type = trim(std::string_view(field).substr(0, field.find(';')));
  Part part;
  if (istarts_with(type, "multipart/")) {
    part.boundary = parameter(field, "boundary");
    return part;
  }
  part.file_name = parameter(header.text("Content-Disposition"), "filename");
  if (part.file_name.empty()) part.file_name = parameter(field, "name");
  part.report = may_be_report(type, part.file_name);
  const std::string coding = header.text("Content-Transfer-Encoding");
  if (iequals(trim(coding), "base64")) part.coding = Coding::base64;
  return part;
}

bool MailAttachments::begin(std::string_view header_block, std::string_view file,
                            std::uint64_t line) {
  boundaries_.clear();
  content_.clear();
  held_.clear();
  held_octets_ = 0;
  header_.clear();
  too_long_ = false;
  base64_ = {};
  name_ = line > 1 ? fmt::format("{}:{}", file, line) : std::string(file);
  part_ = part_of(header_block);
  if (!part_.boundary.empty()) {
    boundaries_.push_back(part_.boundary);
    state_ = State::between;
    return true;
  }
  state_ = State::content;
  return part_.report;
}

// A boundary line ends the part that it stands in, and the parts within that one.
bool MailAttachments::ends_part(std::string_view line) {
  if (!line.starts_with("--")) return false;
  line = line.substr(2);
  for (std::size_t i = boundaries_.size(); i-- > 0;) {
    const std::string_view boundary = boundaries_[i];
    if (!line.starts_with(boundary)) continue;
    const std::string_view rest = trim(line.substr(boundary.size()));
    if (!rest.empty() && rest != "--") continue;
    finish_part();
    boundaries_.resize(rest.empty() ? i + 1 : i);
    header_.clear();
    state_ = rest.empty() ? State::part_header : State::between;
    return true;
  }
  return false;
}

void MailAttachments::line(std::string_view text) {
  if (!boundaries_.empty() && ends_part(text)) return;
  if (state_ == State::content) {
    if (part_.report) decode(text);
    return;
  }
  if (state_ != State::part_header) return;
  if (!text.empty()) {
    if (header_.size() + text.size() < longest_part_header) header_.append(text) += '\n';
    return;
  }
  part_ = part_of(header_);
  state_ = State::content;
  if (!part_.boundary.empty() && boundaries_.size() < deepest_multipart) {
    boundaries_.push_back(part_.boundary);
    state_ = State::between;
  }
}

void MailAttachments::decode(std::string_view text) {
  if (held_octets_ + content_.size() + text.size() > longest_attachment) {
    too_long_ = true;
    return;
  }
  if (part_.coding == Coding::plain) {
    content_.append(text) += '\n';
    return;
  }
  base64_.decode(text, content_);
}

void MailAttachments::finish_part() {
  if (state_ == State::content && part_.report && (too_long_ || !content_.empty())) {
    if (too_long_) content_.clear();
    held_octets_ += content_.size();
    held_.push_back(
        {fmt::format("{}/{}", name_, part_.file_name.empty() ? "attachment" : part_.file_name),
         std::move(content_), too_long_});
  }
  part_ = {};
  content_.clear();
  too_long_ = false;
  base64_ = {};
  state_ = State::between;
}

void MailAttachments::end() {
  finish_part();
  boundaries_.clear();
}

void MailAttachments::give_up() {
  boundaries_.clear();
  content_.clear();
  state_ = State::between;
}

void MailAttachments::read(std::string_view carrier) {
  nesting_.carrier = carrier;
  for (const Held& held : held_)
    read(held);
  held_.clear();
  nesting_.carrier = {};
}

void MailAttachments::read(const Held& held) {
  Nesting nesting = nesting_;
  if (nesting.outer_name == 0) nesting.outer_name = name_.size();
  if (held.too_long) {
    Tally tally;
    tally.file = held.name;
    tally.outer_name = nesting.outer_name;
    sink_.member_begins();
    Teller(sink_, tally)
        .bad_file({fmt::format("is longer than {} octets, with what else is attached",
                               longest_attachment),
                   held.name,
                   {}});
    sink_.member_done(tally);
    return;
  }
  Options options = options_;
  options.format.reset();  // --format says what the mail is, not what is attached
  ByteSource source = ByteSource::of(held.content, 1 << 18, held.name);
  read_member(std::move(source), nesting, options, sink_);
}

}  // namespace postern::evidence
