#include "evidence/mail_reader.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "evidence/mail_attachments.hpp"
#include "evidence/mail_message.hpp"
#include "evidence/mail_splitter.hpp"

namespace postern::evidence {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view no_header = "holds no header field of a mail (From, Received, Date, …)";

// Turns header blocks into rows.
class RowWriter : public MailSplitter::Handler {
 public:
  RowWriter(Sink& sink, Tally& tally, const Nesting& nesting, const Options& options,
            std::size_t limit)
      : sink_(sink), tally_(tally), limit_(limit), attachments_(nesting, options, sink) {}

  bool header_block(std::string_view block, std::uint64_t line) override {
    row(block, line);
    const std::string_view name = file.empty() ? std::string_view(tally_.file) : file;
    return attachments_.begin(block, name, line);
  }
  void body_line(std::string_view line) override { attachments_.line(line); }
  void body_ends() override { attachments_.end(); }

  void row(std::string_view block, std::uint64_t line) {
    if (!message_from_headers(block, buffer_, delivery)) {
      if (no_mail_is_no_fault) {
        not_relevant(NotRelevant::not_mail);
      } else {
        bad(line, no_header);
      }
      return;
    }
    for (const Message& message : buffer_.messages()) {
      if (is_outbound) {
        not_relevant(NotRelevant::outbound);
        continue;
      }
      ++tally_.rows;
      ++tally_.messages;
      sink_.message(message);
    }
  }

  void header_too_long(std::uint64_t line) override {
    bad(line, fmt::format("the header block is longer than {} octets", limit_));
  }

  void bad(std::uint64_t line, std::string_view what) {
    ++tally_.rows;
    ++tally_.bad;
    sink_.bad({file.empty() ? std::string_view(tally_.file) : file, tally_.rows, line, {}, what});
  }

  void not_relevant(NotRelevant why) {
    ++tally_.rows;
    ++tally_.not_relevant[static_cast<std::size_t>(why)];
    sink_.not_relevant(why);
  }

  std::string_view file;  ///< within a Maildir
  Delivery delivery = Delivery::unknown;
  bool is_outbound = false;
  bool no_mail_is_no_fault = false;

 private:
  Sink& sink_;
  Tally& tally_;
  std::size_t limit_;
  MessageBuffer buffer_;
  MailAttachments attachments_;
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

// The folders in a folder, or its regular files, sorted.
Result<std::vector<fs::path>> names_in(const fs::path& folder, bool folders) {
  std::vector<fs::path> found;
  std::error_code failed;
  for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
    std::error_code unknown;
    // A pipe or a socket would block the reader.
    const bool wanted =
        folders ? fs::is_directory(it->path(), unknown) : fs::is_regular_file(it->path(), unknown);
    if (wanted) found.push_back(it->path());
  }
  if (failed) {
    return fail(fmt::format("can't be read ({})", failed.message()), folder.string(),
                "check its permissions");
  }
  std::sort(found.begin(), found.end());
  return found;
}

Result<std::vector<Folder>> folders_of(const std::string& path) {
  std::vector<Folder> folders;
  folders.push_back({path});
  const auto below = names_in(path, true);
  if (!below) return tl::unexpected(below.error());
  for (const fs::path& folder : *below) {
    std::error_code unknown;
    if (folder.filename().string().starts_with('.') && fs::is_directory(folder / "cur", unknown)) {
      folders.push_back(folder_of(folder));
    }
  }
  return folders;
}

void read_file(const std::string& file, const Options& options, RowWriter& rows, Tally& tally) {
  auto source = ByteSource::open(file);
  if (!source) {
    rows.bad(0, source.error().what);
    return;
  }
  MailSplitter splitter(MailSplitter::Kind::single, header_limit(options), rows);
  const auto anything = split_source(*source, splitter, options, tally.bytes);
  tally.bytes += source->bytes_read();
  if (!anything) {
    rows.bad(0, anything.error().what);
  } else if (!*anything) {
    rows.not_relevant(NotRelevant::not_mail);
  }
}

}  // namespace

Result<void> read_mail(ByteSource source, Format format, const Nesting& nesting,
                       const Options& options, Sink& sink, Tally& tally) {
  tally.file = source.name();
  tally.format = format;
  RowWriter rows(sink, tally, nesting, options, header_limit(options));
  MailSplitter splitter(
      format == Format::mbox ? MailSplitter::Kind::mbox : MailSplitter::Kind::single,
      header_limit(options), rows);
  const auto anything = split_source(source, splitter, options, 0);
  tally.bytes = source.bytes_read();
  if (!anything) return tl::unexpected(anything.error());
  if (!*anything) rows.bad(1, no_header);
  return {};
}

Result<Tally> read_eml(ByteSource source, const Options& options, Sink& sink) {
  Tally tally;
  auto done = read_mail(std::move(source), Format::eml, {}, options, sink, tally);
  if (!done) return tl::unexpected(done.error());
  return tally;
}

Result<Tally> read_mbox(ByteSource source, const Options& options, Sink& sink) {
  Tally tally;
  auto done = read_mail(std::move(source), Format::mbox, {}, options, sink, tally);
  if (!done) return tl::unexpected(done.error());
  return tally;
}

Result<Tally> read_maildir(const std::string& path, const Options& options, Sink& sink) {
  Tally tally;
  tally.file = path;
  tally.format = Format::maildir;
  RowWriter rows(sink, tally, {}, options, header_limit(options));
  rows.no_mail_is_no_fault = true;
  const auto folders = folders_of(path);
  if (!folders) return tl::unexpected(folders.error());
  for (const Folder& folder : *folders) {
    rows.delivery = folder.delivery;
    rows.is_outbound = folder.sent;
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
          rows.not_relevant(NotRelevant::not_mail);
        } else {
          read_file(file, options, rows, tally);
        }
        rows.file = {};
      }
    }
  }
  return tally;
}

}  // namespace postern::evidence
