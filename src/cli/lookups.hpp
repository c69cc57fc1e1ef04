// What `--resolve` asks of DNS, or of a zone file: whether published SPF lists a source, and what
// the signature of a mail file is worth.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "auth/message_check.hpp"
#include "base/hash.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "cli/dns_source.hpp"
#include "impact/impact.hpp"

namespace postern::cli {

struct LookupOptions {
  DnsOptions dns;
  /// For one report, while anything is asked; what has no answer by then stays unknown.
  std::chrono::seconds time{120};
  UnixTime now = 0;  ///< for macros
  HashSeed seed;     ///< for the answers that are kept
};

class Lookups {
 public:
  /// Opens what is to be asked; nothing is asked yet. Errors: no such file, a line that is no
  /// record, a resolver that libunbound refuses.
  static Result<std::shared_ptr<Lookups>> open(const LookupOptions&);
  ~Lookups();

  /// Another report begins: it has all of the time again.
  void renew_time();
  /// An answer for each question, in their order; unknown where there was none in time.
  std::vector<evidence::AuthResult> published_spf(const std::vector<impact::SpfQuestion>&);
  /// Finishes the check of one message; nullopt where no time is left. Called by several threads.
  std::optional<auth::MessageAuthentication> finish(auth::MessageCheck&);

 private:
  struct State;
  explicit Lookups(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace postern::cli
