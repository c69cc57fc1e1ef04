#include "evidence/tables/ledger_reader.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <memory>
#include <sqlite3.h>
#include <utility>

#include <fmt/format.h>

#include "base/domain.hpp"

namespace postern::evidence {
namespace {

constexpr std::int64_t known_version = 1;

struct Close {
  void operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, Close>;
using Statement = std::unique_ptr<sqlite3_stmt, Close>;

Statement prepare(sqlite3* database, std::string_view text) {
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(database, text.data(), static_cast<int>(text.size()), &statement, nullptr);
  return Statement(statement);
}

// One row at a time, as the statement below names its columns.
class Rows {
 public:
  static constexpr std::string_view select =
      "SELECT time, outcome, missing, client, helo, tls, certificate, certificate_trusted, sender, "
      "header_from, message_id, recipient, message FROM submission ORDER BY id";

  explicit Rows(sqlite3_stmt* statement) noexcept : statement_(statement) {}

  /// Empty where all is well, else the column that can't be used.
  std::string_view read(Message& message) {
    policy::Submission& s = message.submission;
    s.time = sqlite3_column_int64(statement_, 0);
    const std::string_view outcome = text(1);
    // The rule asks first who signed in; what it went on with had not, unless that was not known.
    s.authenticated = text(2).find("client signed in") == std::string_view::npos
                          ? policy::Known::no
                          : policy::Known::unknown;
    if (!is_null(3)) {
      s.client_ip = IpAddress::parse(text(3));
      if (!s.client_ip) return "client";
    }
    message.helo = text(4);
    if (!is_null(5)) {
      s.tls = sqlite3_column_int(statement_, 5) != 0 ? policy::Known::yes : policy::Known::no;
    }
    using State = policy::ClientCertificate::State;
    s.certificate.state = is_null(6)        ? State::unknown
                          : text(6).empty() ? State::none
                                            : State::presented;
    s.certificate.subject = text(6);
    s.certificate.trusted = sqlite3_column_int(statement_, 7) != 0;
    message.reverse_path = text(8);
    s.reverse_path.state = message.reverse_path.empty() ? policy::ReversePath::State::null
                                                        : policy::ReversePath::State::address;
    if (!domain(message.reverse_path, sender_)) return "sender";
    s.reverse_path.domain = sender_;
    message.header_from = text(9);
    if (domain(message.header_from, author_)) message.header_from_domain = author_;
    message.message_id = text(10);
    message.recipient = text(11);
    if (!domain(message.recipient, recipient_)) return "recipient";
    s.recipient_domain = recipient_;
    message.direction = Direction::inbound;
    message.delivery = outcome == "refused" ? Delivery::blocked : Delivery::unknown;
    return {};
  }

 private:
  std::string_view text(int column) const {
    const auto* start = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    if (start == nullptr) return {};
    return {start, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }
  bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  // What stands behind the '@', in normal form; an address without one has none.
  static bool domain(std::string_view address, std::string& into) {
    into.clear();
    const std::string_view name = domain_of_address(address);
    if (name.empty() || name.front() == '[') return true;
    auto normal = normalise_domain(name);
    if (normal) into = std::move(*normal);
    return normal.has_value();
  }

  sqlite3_stmt* statement_;
  std::string sender_, author_, recipient_;
};

}  // namespace

bool is_sqlite(const std::string& path) {
  std::array<char, sqlite_magic.size()> start{};
  std::ifstream file(path, std::ios::binary);
  return file.read(start.data(), static_cast<std::streamsize>(start.size())) &&
         std::string_view(start.data(), start.size()) == sqlite_magic;
}

Result<Tally> read_ledger(const std::string& path, const Options& options, Sink& sink) {
  sqlite3* handle = nullptr;
  const int opened =
      sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
  const Database database(handle);
  if (opened != SQLITE_OK) return fail(sqlite3_errmsg(handle), path, "check the path");
  sqlite3_busy_timeout(handle, 5000);
  const Statement version = prepare(handle, "PRAGMA user_version");
  if (!version || sqlite3_step(version.get()) != SQLITE_ROW) {
    return fail(fmt::format("can't be read: {}", sqlite3_errmsg(handle)), path, "");
  }
  if (sqlite3_column_int64(version.get(), 0) > known_version) {
    return fail("is a ledger of a newer version", path, "use a newer Postern");
  }
  const Statement rows = prepare(handle, Rows::select);
  if (!rows) return fail("is a database, and no ledger of postern gate", path, "");
  Tally tally;
  tally.file = path;
  tally.format = Format::ledger;
  Rows reader(rows.get());
  for (;;) {
    const int step = sqlite3_step(rows.get());
    if (step == SQLITE_DONE) break;
    if (step != SQLITE_ROW) {
      return fail(fmt::format("can't be read: {}", sqlite3_errmsg(handle)), path,
                  "sqlite3 FILE .recover may help");
    }
    ++tally.rows;
    Message message;
    if (const std::string_view wrong = reader.read(message); !wrong.empty()) {
      ++tally.bad;
      sink.bad({path, tally.rows, 0, wrong, "can't be understood"});
      continue;
    }
    ++tally.messages;
    sink.message(message);
    if (options.progress && tally.rows % 10000 == 0) options.progress(tally.bytes);
  }
  return tally;
}

}  // namespace postern::evidence
