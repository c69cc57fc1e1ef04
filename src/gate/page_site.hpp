// What the admin listener shows to people who signed in. The listener moves octets and knows who
// may be answered; what is said stands behind this.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/embedded.hpp"

namespace postern::gate {

struct PageRequest {
  bool changes = false;  ///< a POST, else a GET
  std::string path;      ///< "/api/state"
  std::string query;     ///< behind '?', without it
  std::string body;
  std::string who;  ///< of the session
};

struct PageAnswer {
  unsigned status = 200;
  std::string json;
};

/// One reader of the events.
class PageStream {
 public:
  virtual ~PageStream() = default;
  /// What came since the last call, as text/event-stream; may be empty. Off the event loops.
  virtual std::string next() = 0;
};

class PageSite {
 public:
  virtual ~PageSite() = default;
  /// The page itself and its files, which hold nothing of anybody's mail; nullptr: no such path.
  [[nodiscard]] virtual const EmbeddedFile* file(std::string_view path) const = 0;
  /// May read a disk and wait: never called by an event loop, and by one thread at a time.
  virtual PageAnswer answer(const PageRequest&) = 0;
  /// Rows behind the id `after`; below 0: the newest few first. Likewise.
  virtual std::unique_ptr<PageStream> events(std::int64_t after) = 0;
};

}  // namespace postern::gate
