// Reads tests/dialogues/*.smtp (format: tests/dialogues/README.md) and plays them against a
// ServerSession without sockets. For tests only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "smtp/server_session.hpp"

namespace postern::smtp {

struct Dialogue {
  struct Step {
    enum class Kind : std::uint8_t { client, server, pattern, tls, close, message, message_end };
    Kind kind = Kind::client;
    std::string text;  ///< client: octets to send; server: a line without CRLF
    int line = 0;
  };
  /// What the owner answers to rcpt ("ann@contoso.com"), data, message, auth and the rest.
  struct Answer {
    std::string to;
    Reply reply;
  };

  std::string file;
  int line = 0;
  std::string title;
  ServerOptions options;
  bool xclient_allowed = false;
  bool once = false;  ///< not to be split: the case is about what comes in one piece
  std::string early;  ///< octets before the greeting
  std::vector<Answer> answers;
  std::vector<Step> steps;
};

/// All cases of a file. An error names file and line.
Result<std::vector<Dialogue>> read_dialogues(const std::string& path);

/// Plays it; each group of client lines is cut behind its octet number `cut` (0: whole; past its
/// end: whole), or into single octets where `cut` is single_octets. Empty where it held, else what
/// differed.
constexpr std::size_t single_octets = static_cast<std::size_t>(-1);
std::string play(const Dialogue&, std::size_t cut);

/// The length of the longest group of client lines.
std::size_t longest_group(const Dialogue&);

}  // namespace postern::smtp
