// The milter protocol, version 6, as octets: what the mail server asks and what is answered. No I/O
// and no judgement. (Sendmail's libmilter/mfdef.h; Postfix MILTER_README. Neither is a standard;
// where the two differ, the line says so.)
//
//   frame: length (4 octets, big-endian; of the rest) command (1 octet) arguments
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "smtp/reply.hpp"

namespace postern::gate::milter {

/// What the mail server sends.
enum class Command : char {
  negotiate = 'O',
  macros = 'D',
  connect = 'C',
  helo = 'H',
  mail = 'M',
  recipient = 'R',
  data = 'T',
  header = 'L',
  end_of_header = 'N',
  body = 'B',
  end_of_message = 'E',
  abort = 'A',
  unknown = 'U',
  quit = 'Q',
  quit_for_next = 'K',  ///< another connection's dialogue follows
};

/// SMFIF_*: what a milter may do to a message.
namespace action {
constexpr std::uint32_t add_headers = 0x01;
constexpr std::uint32_t change_headers = 0x10;
constexpr std::uint32_t set_symbols = 0x100;  ///< ask for macros
}  // namespace action

/// SMFIP_*: what need not be sent, and what need not be answered.
namespace step {
constexpr std::uint32_t no_helo = 0x02;
constexpr std::uint32_t no_body = 0x10;
constexpr std::uint32_t no_headers = 0x20;
constexpr std::uint32_t no_end_of_header = 0x40;
constexpr std::uint32_t header_unanswered = 0x80;
constexpr std::uint32_t no_unknown = 0x100;
constexpr std::uint32_t no_data = 0x200;
constexpr std::uint32_t connect_unanswered = 0x1000;
constexpr std::uint32_t helo_unanswered = 0x2000;
constexpr std::uint32_t mail_unanswered = 0x4000;
constexpr std::uint32_t body_unanswered = 0x80000;
constexpr std::uint32_t leading_space = 0x100000;  ///< of header values is kept
}  // namespace step

constexpr std::uint32_t newest_version = 6;
constexpr std::uint32_t oldest_version = 2;

struct Frame {
  char command = 0;
  std::string_view arguments;  ///< valid until the next call of Frames::next
};

/// Cuts a stream into frames.
class Frames {
 public:
  /// Sendmail and Postfix send the body in pieces of 64 KiB, and a header field whole; theirs are
  /// limited to less than this.
  static constexpr std::size_t longest = 1u << 20;

  /// Takes octets off `input`. nullopt: all was taken and more is needed, or too_long().
  std::optional<Frame> next(std::string_view& input);
  [[nodiscard]] bool too_long() const noexcept { return too_long_; }
  [[nodiscard]] bool idle() const noexcept { return buffer_.empty(); }

 private:
  std::string buffer_;
  bool taken_ = false;  // buffer_ holds a frame that was handed out
  bool too_long_ = false;
};

struct Options {
  std::uint32_t version = 0;
  std::uint32_t actions = 0;
  std::uint32_t steps = 0;
};
std::optional<Options> parse_negotiate(std::string_view arguments);

struct ConnectFacts {
  std::string host;
  std::optional<IpAddress> address;  ///< nullopt: a unix socket, or not known
  std::uint16_t port = 0;
};
std::optional<ConnectFacts> parse_connect(std::string_view arguments);

/// Strings that each end with NUL. nullopt where the last does not.
std::optional<std::vector<std::string_view>> parse_strings(std::string_view arguments);

/// Stages that macros may be asked for.
enum class Stage : std::uint32_t {
  connect = 0,
  helo = 1,
  mail = 2,
  recipient = 3,
  data = 4,
  end_of_message = 5,
  end_of_header = 6,
};
struct SymbolList {
  Stage stage = Stage::connect;
  std::string_view symbols;  ///< "{auth_authen} i"
};

// What is answered, each appended to `out` as a frame.
void put_negotiate(std::string& out, const Options&, const std::vector<SymbolList>& symbols);
void put_continue(std::string& out);
/// SMFIR_REPLYCODE: '%' doubled, since Sendmail formats it; several lines as SMTP has them.
void put_reply(std::string& out, const smtp::Reply&);
/// Adds a field at the top. Line breaks of a folded value as LF, which both servers expect.
void put_insert_header(std::string& out, std::string_view name, std::string_view value,
                       bool leading_space);
/// Removes the field of that name, counted from 1 at the top.
void put_remove_header(std::string& out, unsigned occurrence, std::string_view name);

/// Macros, by the command that they came with; the newest of each.
class Macros {
 public:
  static constexpr std::size_t most = 200;

  /// The arguments of Command::macros. False: malformed.
  bool take(std::string_view arguments);
  /// "{auth_authen}" or "i", whichever command it came with; nullptr where it was not sent. Empty
  /// values count as not sent: Sendmail sends them for what is not there.
  [[nodiscard]] const std::string* find(std::string_view name) const noexcept;
  /// Macros of a command are gone: its dialogue starts over.
  void forget(Command command);
  void clear() noexcept { values_.clear(); }

 private:
  struct Value {
    char command;
    std::string name;
    std::string value;
  };
  std::vector<Value> values_;
};

/// What {cert_subject} says: a common name (Postfix), or a distinguished name of which the common
/// name is taken ("/C=FR/CN=mail.contoso.com", with +XX for special characters: Sendmail).
std::string common_name_of(std::string_view subject);

}  // namespace postern::gate::milter
