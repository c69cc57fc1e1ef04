// Writes fields from whatever comes, reads them back, and removes what claims our id.
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "auth/authentication_results_field.hpp"
#include "base/ascii.hpp"
#include "fuzz.hpp"
#include "message/authentication_results.hpp"
#include "message/header.hpp"

namespace {

using namespace postern;

std::string shown(std::string_view value) {
  std::string out(value);
  for (char& c : out)
    if (c < 0x20 || c > 0x7e) c = '?';
  return out;
}

void check_lines(std::string_view written) {
  for (std::size_t i = 0; i < written.size(); ++i) {
    const auto octet = static_cast<unsigned char>(written[i]);
    if (octet == '\r') {
      fuzz::require(written.substr(i, 3) == "\r\n\t", "a line break is a fold");
      i += 2;
    } else {
      fuzz::require(octet >= 0x20 && octet < 0x7f, "nothing but printable ASCII and folds");
    }
  }
  for (const std::string_view line : split(written, '\n'))
    fuzz::require(line.size() < 970, "lines are bounded");
}

}  // namespace

void fuzz::run(std::string_view input) {
  (void)auth::forges_us(input, "mx.example.com");
  // "id NUL value NUL value …"
  const auto parts = split(input, '\0');
  auth::AuthenticationResultsField field;
  field.authserv_id = parts.front();
  for (std::size_t i = 1; i < parts.size() && i < 20; ++i) {
    auth::MethodStatement statement;
    statement.method = i % 7 == 6 ? "x-" + std::string(parts[i]) : "spf";
    statement.result = "pass";
    if (i % 3 == 0) statement.comment = parts[i];
    if (i % 3 == 1) statement.reason = parts[i];
    statement.properties.push_back({"smtp.mailfrom", std::string(parts[i])});
    field.methods.push_back(std::move(statement));
  }
  const std::string written = auth::write_authentication_results(field);
  check_lines(written);
  fuzz::require(written.size() < 1000 || parts.size() > 1, "the id is bounded");

  bool short_enough = field.authserv_id.size() <= 300;
  for (const auto& statement : field.methods)
    short_enough = short_enough && statement.properties[0].value.size() <= 300;
  if (!short_enough) return;
  bool has_token = false;
  for (const char c : field.authserv_id)
    has_token = has_token || is_ascii_digit(c) || (c >= 'a' && c <= 'z');
  fuzz::require(!has_token || auth::forges_us(written, field.authserv_id),
                "our own field is known as ours");
  const auto read = message::parse_authentication_results(message::unfold(written));
  std::size_t at = 0;
  for (const auto& statement : field.methods) {
    if (statement.method != "spf") continue;
    while (at < read.methods.size() && read.methods[at].method != "spf")
      ++at;
    fuzz::require(at < read.methods.size(), "every method is read back");
    fuzz::require(
        read.methods[at].property("smtp.mailfrom") == shown(statement.properties[0].value),
        "values are read back");
    ++at;
  }
}
