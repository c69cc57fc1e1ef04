#include "evidence/mail/mail_reader.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "evidence/mail/bounce.hpp"
#include "evidence/mail/mail_attachments.hpp"
#include "evidence/mail/mail_message.hpp"
#include "evidence/mail/mail_splitter.hpp"
#include "evidence/mail/verified_results.hpp"
#include "evidence/mail_verifier.hpp"
#include "evidence/registry.hpp"

namespace postern::evidence {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view no_header = "holds no header field of a mail (From, Received, Date, …)";

// A line of a body in an mbox, as it was sent.
std::string_view unescaped(std::string_view line) {
  const std::size_t text = std::min(line.find_first_not_of('>'), line.size());
  return text > 0 && line.substr(text).starts_with("From ") ? line.substr(1) : line;
}

// The message that is being read, for the check of its signatures.
class Verification {
 public:
  explicit Verification(const Options& options) : options_(options) {}

  [[nodiscard]] bool is_under_way() const noexcept { return check_.has_value(); }

  /// True where the message is to be checked: then its body must follow. One that is not wanted for
  /// its own sake is, where it may carry a report.
  bool begin(const std::vector<Message>& messages, std::string_view block, bool is_mbox,
             bool may_carry) {
    check_.reset();
    if (options_.verifier == nullptr || messages.empty()) return false;
    const Message& m = messages.front();
    for_itself_ = options_.verifier->wants(m);
    if (!for_itself_ && !may_carry) return false;
    static thread_local auth::Crypto crypto;  // with the keys that this thread has met
    auth::ConnectionFacts connection;
    connection.ip = m.submission.client_ip;
    connection.helo = m.helo;
    using State = policy::ReversePath::State;
    const policy::ReversePath& path = m.submission.reverse_path;
    if (path.state == State::null) connection.mail_from = std::string{};
    if (path.state == State::address) {
      connection.mail_from = std::string(m.reverse_path.empty() ? path.domain : m.reverse_path);
    }
    // As of when it came: a signature that has expired since was good then.
    const std::optional<UnixTime> then =
        m.submission.time ? m.submission.time : options_.reference_time;
    is_mbox_ = is_mbox;
    line_is_open_ = false;
    check_.emplace(crypto, std::move(connection), message::HeaderBlock::parse(block),
                   then.value_or(0), auth::MessageCheckOptions{});
    return true;
  }

  void line(std::string_view text) {
    if (!check_) return;
    end_line();
    check_->add_body(is_mbox_ ? unescaped(text) : text);
    line_is_open_ = true;
  }
  void line_goes_on(std::string_view text) {
    if (check_) check_->add_body(text);
  }

  /// Whether the results of the message hang on it, and not only who sent what it carries.
  [[nodiscard]] bool is_for_itself() const noexcept { return check_ && for_itself_; }

  /// Once the body is whole. The domain that a signature shows to have sent it; else empty.
  std::string finish(std::vector<Message>& messages, bool carries) {
    end_line();
    if (!for_itself_ && !carries) {
      check_.reset();
      return {};
    }
    const auto found = options_.verifier->finish(*check_);
    conclude(messages, found);
    return found && found->dmarc.result == auth::DmarcResult::pass && by_signature(found->dmarc)
               ? found->dmarc.author_domain
               : std::string{};
  }
  /// The rest of the body can't be read.
  void give_up(std::vector<Message>& messages) { conclude(messages, std::nullopt); }

 private:
  void conclude(std::vector<Message>& messages,
                const std::optional<auth::MessageAuthentication>& found) {
    for (Message& m : messages) {
      if (!for_itself_) break;
      found ? verify_results(m, *found) : leave_unverified(m);
    }
    check_.reset();
  }
  void end_line() {
    if (std::exchange(line_is_open_, false)) check_->add_body("\r\n");
  }

  const Options& options_;
  std::optional<auth::MessageCheck> check_;
  bool is_mbox_ = false;
  bool line_is_open_ = false;
  bool for_itself_ = false;
};

// Turns mails into rows.
class RowWriter : public MailSplitter::Handler {
 public:
  RowWriter(Teller& tell, const Nesting& nesting, const Options& options, std::size_t limit)
      : tell_(tell),
        options_(options),
        limit_(limit),
        attachments_(nesting, options, tell.sink()),
        verification_(options) {}

  bool header_block(std::string_view block, std::uint64_t line) override {
    if (!message_from_headers(block, buffer_, delivery, options_.relay_addresses)) {
      no_message(line);
    }
    attachments_wanted_ = attachments_.begin(block, name(), line);
    if (!is_outbound) {
      verification_.begin(buffer_.messages(), block, is_mbox, attachments_wanted_);
    }
    if (!verification_.is_for_itself()) rows();
    bounce_wanted_ = !buffer_.messages().empty() && !is_outbound && bounce_.begin(block);
    return attachments_wanted_ || bounce_wanted_ || verification_.is_under_way();
  }
  void body_line(std::string_view line) override {
    if (attachments_wanted_) attachments_.line(line);
    if (bounce_wanted_) bounce_.line(line);
    verification_.line(line);
  }
  void body_line_goes_on(std::string_view piece) override { verification_.line_goes_on(piece); }
  void body_ends() override {
    if (attachments_wanted_) attachments_.end();
    std::string carrier(buffer_.stamped_author());
    if (verification_.is_under_way()) {
      const bool for_itself = verification_.is_for_itself();
      auto verified = verification_.finish(buffer_.messages(), attachments_.any());
      if (!verified.empty()) carrier = std::move(verified);
      if (for_itself) rows();
    }
    if (attachments_wanted_) attachments_.read(carrier);
    if (bounce_wanted_) refused();
  }
  /// The file ends in the middle, for want of more that can be read.
  void cut_off() {
    if (attachments_wanted_) {
      attachments_.give_up();
      attachments_.read(std::string_view{});
      attachments_wanted_ = false;
    }
    const bool for_itself = verification_.is_for_itself();
    if (verification_.is_under_way()) verification_.give_up(buffer_.messages());
    if (for_itself) rows();
  }

  void header_too_long(std::uint64_t line) override {
    bad(line, fmt::format("the header block is longer than {} octets", limit_));
  }

  void doubtful_separator(std::uint64_t line) override {
    bad(line,
        "may begin a message (\"From \" and a header field after it) but is no separator of an "
        "mbox; what follows was taken as text of the message before");
  }

  void bad(std::uint64_t line, std::string_view what) {
    tell_.bad_in(name(), tell_.tally().rows + 1, line, {}, what);
  }

  std::string_view file;  ///< within a Maildir
  Delivery delivery = Delivery::unknown;
  bool is_outbound = false;
  bool is_mbox = false;
  bool no_mail_is_no_fault = false;

 private:
  [[nodiscard]] std::string_view name() const {
    return file.empty() ? std::string_view(tell_.tally().file) : file;
  }
  void no_message(std::uint64_t line) {
    if (no_mail_is_no_fault) {
      tell_.not_relevant(NotRelevant::not_mail);
    } else {
      bad(line, no_header);
    }
  }
  void rows() {
    for (Message& message : buffer_.messages()) {
      if (is_outbound) {
        tell_.not_relevant(NotRelevant::outbound);
        continue;
      }
      tell_.message(message);
    }
  }

  // What a bounce says was refused, each a row beside the bounce's own.
  void refused() {
    MessageBuffer found;
    bounce_.finish(buffer_.messages().front(), found);
    for (Message& message : found.messages())
      tell_.message(message);
  }

  Teller& tell_;
  const Options& options_;
  std::size_t limit_;
  MessageBuffer buffer_;
  MailAttachments attachments_;
  bool attachments_wanted_ = false;
  Bounce bounce_;
  bool bounce_wanted_ = false;
  Verification verification_;
};

std::size_t header_limit(const Options& options) {
  return std::min(options.longest_row, longest_header_block);
}

// Feeds the source to the splitter. True where anything but white space was in it.
Result<bool> split_source(ByteSource& source, MailSplitter& splitter, const Options& options,
                          std::uint64_t bytes_before) {
  std::string block;
  bool anything = false;
  while (!splitter.done()) {
    block.clear();
    const auto more = source.append_to(block);
    if (!more) return tl::unexpected(more.error());
    if (block.empty() && !*more) break;
    anything = anything || !trim(block).empty();
    splitter.feed(block);
    if (options.progress) options.progress(bytes_before + source.bytes_read());
  }
  splitter.finish();
  return anything;
}

// One folder of a Maildir and what its name says of the mail in it.
struct Folder {
  fs::path path;
  Delivery delivery = Delivery::unknown;
  bool sent = false;
  bool no_received_mail = false;
};

Folder folder_of(fs::path path) {
  Folder folder{std::move(path)};
  const std::string full = folder.path.filename().string();
  // Maildir++ joins the levels with dots: ".INBOX.Junk".
  const std::string_view name = std::string_view(full).substr(full.rfind('.') + 1);
  if (istarts_with(name, "Junk") || iequals(name, "Spam")) folder.delivery = Delivery::junk;
  folder.sent = istarts_with(name, "Sent") || iequals(name, "Outbox");
  folder.no_received_mail = iequals(name, "Drafts") || iequals(name, "Templates");
  return folder;
}

// The folders in a folder, or whatever else is in it, sorted.
Result<std::vector<fs::path>> names_in(const fs::path& folder, bool folders) {
  std::vector<fs::path> found;
  std::error_code failed;
  for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
    std::error_code unknown;
    if (fs::is_directory(it->path(), unknown) == folders) found.push_back(it->path());
  }
  if (failed) {
    return fail(fmt::format("can't be read ({})", failed.message()), folder.string(),
                "check its permissions");
  }
  std::sort(found.begin(), found.end());
  return found;
}

// Folders of a Maildir lie in it side by side (Maildir++, ".Archive.2025") or within each other
// (Dovecot's LAYOUT=fs, "Archive/2025").
Result<void> add_folders(const fs::path& around, unsigned depth, std::vector<Folder>& folders) {
  constexpr unsigned deepest = 16;
  const auto below = names_in(around, true);
  if (!below) return tl::unexpected(below.error());
  for (const fs::path& folder : *below) {
    const std::string name = folder.filename().string();
    if (name == "cur" || name == "new" || name == "tmp") continue;
    if (depth == deepest) {
      return fail("lies too deeply in a Maildir", folder.string(), "is a link in it to itself?");
    }
    std::error_code unknown;
    if (fs::is_directory(folder / "cur", unknown) || fs::is_directory(folder / "new", unknown)) {
      folders.push_back(folder_of(folder));
    }
    if (auto done = add_folders(folder, depth + 1, folders); !done) return done;
  }
  return {};
}

Result<std::vector<Folder>> folders_of(const std::string& path) {
  std::vector<Folder> folders;
  folders.push_back({path});
  if (auto done = add_folders(path, 0, folders); !done) return tl::unexpected(done.error());
  return folders;
}

// What mail servers keep beside the mail of a folder.
bool is_of_the_server(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 7> begins = {"dovecot", "courier",       "maildir", "imap",
                                                      "sieve",   "subscriptions", "shared-"};
  return name.starts_with('.') || std::any_of(begins.begin(), begins.end(),
                                              [&](auto begin) { return name.starts_with(begin); });
}

// Files that lie beside cur and new are no mail of the folder, and may be evidence put there.
Result<void> tell_strangers(const Folder& folder, RowWriter& rows) {
  const auto files = names_in(folder.path, false);
  if (!files) return tl::unexpected(files.error());
  for (const fs::path& entry : *files) {
    if (is_of_the_server(entry.filename().string())) continue;
    const std::string file = entry.string();
    rows.file = file;
    rows.bad(0, "lies in a Maildir beside its mail, and is not read: put it into another folder");
    rows.file = {};
  }
  return {};
}

void read_file(const std::string& file, const Options& options, RowWriter& rows, Teller& tell) {
  auto source = ByteSource::open(file);
  if (!source) {
    rows.bad(0, source.error().what);
    return;
  }
  MailSplitter splitter(MailSplitter::Kind::single, header_limit(options), rows);
  const auto anything = split_source(*source, splitter, options, tell.tally().bytes);
  tell.tally().bytes += source->bytes_read();
  if (!anything) {
    rows.cut_off();
    rows.bad(0, anything.error().what);
  } else if (!*anything) {
    tell.not_relevant(NotRelevant::not_mail);
  }
}

}  // namespace

bool starts_like_mbox(std::string_view piece, Encoding) {
  return piece.starts_with("From ") || piece.starts_with("From\n") || piece.starts_with("From\r");
}

bool starts_like_mail(std::string_view piece, Encoding) {
  bool known = false;
  bool told = false;  // an address or a date in a field of mail
  std::string_view name;
  for (bool first = true; !piece.empty(); first = false) {
    std::string_view line = piece.substr(0, piece.find('\n'));
    piece.remove_prefix(std::min(line.size() + 1, piece.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) break;
    if (line.front() != ' ' && line.front() != '\t') {
      const std::size_t colon = line.find(':');
      name = line.substr(0, colon);
      const bool is_field = colon != std::string_view::npos && !name.empty() &&
                            std::all_of(name.begin(), name.end(), [](char c) {
                              return c > ' ' && c < 0x7f;  // RFC 5322, 3.6.8
                            });
      if (!is_field) break;  // the rest is no header: what came before decides
      line.remove_prefix(colon + 1);
    } else if (first) {
      return false;
    }
    if (!is_mail_field(name)) continue;
    known = true;
    told = told || line.find('@') != std::string_view::npos || parse_mail_date(line) ||
           parse_mail_date(line.substr(line.rfind(';') + 1));
  }
  return known && told;
}

Result<void> read_mail(ByteSource& source, const Reading& reading) {
  const bool is_mbox = name_of(reading.format) == "mbox";
  const std::size_t limit = header_limit(reading.options);
  RowWriter rows(reading.tell, reading.nesting, reading.options, limit);
  rows.is_mbox = is_mbox;
  MailSplitter splitter(is_mbox ? MailSplitter::Kind::mbox : MailSplitter::Kind::single, limit,
                        rows);
  const auto anything = split_source(source, splitter, reading.options, 0);
  if (!anything) {
    rows.cut_off();
    return tl::unexpected(anything.error());
  }
  if (!*anything) rows.bad(1, no_header);
  return {};
}

Result<void> read_maildir(const std::string& path, const Options& options, Teller& tell) {
  RowWriter rows(tell, {}, options, header_limit(options));
  rows.no_mail_is_no_fault = true;
  const auto folders = folders_of(path);
  if (!folders) return tl::unexpected(folders.error());
  for (const Folder& folder : *folders) {
    rows.delivery = folder.delivery;
    rows.is_outbound = folder.sent;
    if (auto told = tell_strangers(folder, rows); !told) return told;
    for (const std::string_view part : {"cur", "new"}) {
      std::error_code unknown;
      if (!fs::is_directory(folder.path / part, unknown)) continue;
      const auto files = names_in(folder.path / part, false);
      if (!files) return tl::unexpected(files.error());
      for (const fs::path& entry : *files) {
        // Not messages: Maildir readers skip names that start with a dot (maildir(5)).
        if (entry.filename().string().starts_with('.')) continue;
        const std::string file = entry.string();
        rows.file = file;
        if (folder.no_received_mail) {
          tell.not_relevant(NotRelevant::not_mail);
        } else if (std::error_code fault;
                   fs::exists(entry, fault) && !fs::is_regular_file(entry, fault)) {
          rows.bad(0, "is no file but a pipe, a socket or a device");  // which would block
        } else {
          read_file(file, options, rows, tell);
        }
        rows.file = {};
      }
    }
  }
  return {};
}

}  // namespace postern::evidence
