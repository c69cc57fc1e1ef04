// postern auth FILE.eml: SPF, DKIM, ARC and DMARC of one message, step by step.
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "auth/memory_zone.hpp"
#include "auth/message_check.hpp"
#include "auth/unbound_resolver.hpp"
#include "base/ascii.hpp"
#include "cli/auth_options.hpp"
#include "cli/command.hpp"
#include "cli/dns_source.hpp"
#include "cli/moment.hpp"
#include "cli/outcomes.hpp"
#include "message/header.hpp"
#include "message/received.hpp"
#include "report/auth_report.hpp"

namespace postern::cli {
namespace {

constexpr std::size_t longest_header = 1 << 20;

// The message in pieces, so that its body is never held whole.
class MessageFile {
 public:
  static Result<MessageFile> open(const std::string& path) {
    std::FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
    if (file == nullptr) {
      return fail(fmt::format("can't be read ({})", std::strerror(errno)), path, "check the path");
    }
    return MessageFile(file);
  }
  /// The header block with the empty line; what was read beyond it is the start of the body.
  Result<std::string> header(const std::string& path) {
    std::string text;
    std::size_t looked = 0;
    for (;;) {
      const std::size_t end = end_of_header(text, looked);
      if (end != std::string::npos) {
        body_start_ = text.substr(end);
        text.resize(end);
        return text;
      }
      if (text.size() > longest_header) {
        return fail(fmt::format("has a header of more than {} octets", longest_header), path,
                    "is it a message?");
      }
      looked = text.size() < 3 ? 0 : text.size() - 3;
      const std::string piece = next();
      if (piece.empty()) break;
      text += piece;
    }
    return text;
  }
  /// Empty at the end.
  std::string next() {
    if (!body_start_.empty()) return std::exchange(body_start_, {});
    std::string piece(64 << 10, '\0');
    piece.resize(std::fread(piece.data(), 1, piece.size(), file_.get()));
    return piece;
  }
  [[nodiscard]] bool failed() const { return std::ferror(file_.get()) != 0; }

 private:
  struct Close {
    void operator()(std::FILE* file) const {
      if (file != stdin) std::fclose(file);
    }
  };
  explicit MessageFile(std::FILE* file) : file_(file) {}

  static std::size_t end_of_header(std::string_view text, std::size_t from) {
    for (std::size_t at = text.find('\n', from); at != std::string_view::npos;
         at = text.find('\n', at + 1)) {
      if (text.substr(at + 1, 1) == "\n") return at + 2;
      if (text.substr(at + 1, 2) == "\r\n") return at + 3;
    }
    return std::string_view::npos;
  }

  std::unique_ptr<std::FILE, Close> file_;
  std::string body_start_;
};

// A table or a log has lines with colons too, but none of the fields that every message has one of
// (RFC 5322, 3.6).
bool is_message(const message::HeaderBlock& header) {
  constexpr std::array<std::string_view, 9> usual = {
      "From", "Date",    "Received",     "Message-ID",    "Return-Path",
      "To",   "Subject", "MIME-Version", "DKIM-Signature"};
  return header.fields().size() > header.stray_lines() &&
         std::any_of(usual.begin(), usual.end(),
                     [&](std::string_view name) { return header.first(name) != nullptr; });
}

// The time as of which a message is judged: keys and records are today's, but whether a signature
// has expired is a question of when it came.
struct AsOf {
  UnixTime time = 0;
  report::AuthHeading::TimeSource source = report::AuthHeading::TimeSource::now;
  std::string doubt;  // unknown: why
};

Result<AsOf> as_of(const std::string& option, const message::HeaderBlock& header, UnixTime now) {
  using Source = report::AuthHeading::TimeSource;
  if (option == "now") return AsOf{now, Source::now, {}};
  if (!option.empty()) {
    const auto moment = parse_moment(option, "--at", now, false);
    if (!moment) return tl::unexpected(moment.error());
    return AsOf{*moment, Source::option, {}};
  }
  const message::Field* topmost = header.first("Received");
  if (topmost == nullptr) return AsOf{now, Source::unknown, "it has no Received line"};
  const auto line = message::parse_received(message::unfold(topmost->body));
  if (!line.time || *line.time > now) {
    return AsOf{
        now, Source::unknown,
        fmt::format("the topmost Received line (line {}) {}", topmost->line,
                    line.time ? "is of a time yet to come" : "ends with no date that can be read")};
  }
  return AsOf{*line.time, Source::received, {}};
}

struct Checked {
  auth::MessageAuthentication known;
  AsOf as_of;
};

Result<Checked> check(const AuthArguments& arguments, UnixTime now) {
  auth::ConnectionFacts facts;
  if (!arguments.ip.empty()) {
    facts.ip = IpAddress::parse(arguments.ip);
    if (!facts.ip) {
      return fail(fmt::format("'{}' is no IP address", printable(arguments.ip)), "--ip");
    }
  }
  facts.helo = arguments.helo;
  if (!arguments.mail_from.empty()) {
    facts.mail_from = arguments.mail_from == "<>" ? std::string{} : arguments.mail_from;
  }
  if (facts.ip && !facts.mail_from && facts.helo.empty()) {
    return fail("SPF needs an identity to check", "--ip", "give --mail-from or --helo too");
  }
  auto file = MessageFile::open(arguments.file);
  if (!file) return tl::unexpected(file.error());
  const auto header = file->header(arguments.file);
  if (!header) return tl::unexpected(header.error());
  if (file->failed()) {
    return fail(fmt::format("can't be read ({})", std::strerror(errno)), arguments.file,
                "name a message's file");
  }
  const auto fields = message::HeaderBlock::parse(*header);
  if (!is_message(fields)) {
    return fail("is no message: it does not begin with header fields", arguments.file,
                "save the message with its whole header (.eml)");
  }

  const auto then = as_of(arguments.at, fields, now);
  if (!then) return tl::unexpected(then.error());
  auth::Crypto crypto;
  auth::MessageCheckOptions options;
  options.authserv_id = arguments.authserv_id;
  options.trusted_sealers = arguments.trusted_sealers;
  options.arrival_known = then->source != report::AuthHeading::TimeSource::unknown;
  auth::MessageCheck message(crypto, std::move(facts), fields, then->time, std::move(options));
  for (std::string piece = file->next(); !piece.empty(); piece = file->next())
    message.add_body(piece);
  if (file->failed()) return fail("can't be read to its end", arguments.file);

  if (!arguments.dns.zone.empty()) {
    const auto zone = open_zone(arguments.dns);
    if (!zone) return tl::unexpected(zone.error());
    auto result = auth::run_now(message.finish(**zone));
    return Checked{std::move(*result), *then};
  }
  const auto resolver = open_resolver(arguments.dns);
  if (!resolver) return tl::unexpected(resolver.error());
  auto result =
      (*resolver)->run(message.finish(**resolver), std::chrono::seconds(arguments.timeout));
  // Without DNS what the message itself tells is still told.
  return Checked{result ? std::move(*result) : message.out_of_time(), *then};
}

int run(const AuthArguments& arguments, const Environment& environment) {
  const auto checked = check(arguments, environment.now);
  if (!checked) return report_error(checked.error());
  const auth::MessageAuthentication& known = checked->known;
  const report::AuthHeading heading{arguments.file == "-" ? "standard input" : arguments.file,
                                    arguments.ip, checked->as_of.time, checked->as_of.source,
                                    checked->as_of.doubt};
  const report::AuthDocument document{known, heading};
  if (const auto written = write_rendered(arguments.output, environment, document); !written) {
    return report_error(written.error());
  }
  return outcome_of(known);
}

}  // namespace

void add_auth_command(CLI::App& app, const Environment& environment, int& exit_code) {
  add_command(app, "auth", "SPF, DKIM, ARC and DMARC of one message.", add_auth_options, run,
              environment, exit_code);
}

}  // namespace postern::cli
