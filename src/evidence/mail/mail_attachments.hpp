// Finds DMARC reports in the body of a mail and reads them: a part (or the whole body) of a type
// in which reports are sent, in base64 or plain. Those of one mail are held in memory, up to a
// limit; what turns out to be no report is passed over. Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/base64.hpp"
#include "evidence/source_reading.hpp"

namespace postern::evidence {

/// Decoded, all attachments of one mail. Reports are far smaller; Gmail takes no mail over 50 MB.
constexpr std::size_t longest_attachment = 48u << 20;

class MailAttachments {
 public:
  MailAttachments(const Nesting& nesting, const Options& options, Sink& sink);

  /// A message begins, on that line of that file. True where its body may hold a report and is
  /// wanted.
  bool begin(std::string_view header_block, std::string_view file, std::uint64_t line);
  void line(std::string_view text);
  /// The body is at its end.
  void end();
  /// Nothing more of the body can be read: the part that was begun is lost.
  void give_up();
  /// Whether an attachment waits for read().
  [[nodiscard]] bool any() const noexcept { return !held_.empty(); }
  /// Reads what is attached. `carrier` is Nesting's: who is shown to have sent the mail.
  void read(std::string_view carrier);

 private:
  enum class State { between, part_header, content };
  enum class Coding { plain, base64 };
  struct Part {
    bool report = false;  ///< may be one, by its type and name
    Coding coding = Coding::plain;
    std::string file_name;
    std::string boundary;  ///< of a multipart
  };
  static Part part_of(std::string_view header_block);
  bool ends_part(std::string_view line);
  void finish_part();
  void decode(std::string_view line);

  struct Held {
    std::string name;
    std::string content;
    bool too_long = false;
  };
  void read(const Held& held);

  Nesting nesting_;
  const Options& options_;
  Sink& sink_;
  std::string name_;
  std::vector<std::string> boundaries_;
  State state_ = State::between;
  Part part_;
  std::string header_;
  std::string content_;
  std::vector<Held> held_;  // who sent the mail is known once its body was read
  std::size_t held_octets_ = 0;
  Base64Body base64_;
  bool too_long_ = false;
};

}  // namespace postern::evidence
