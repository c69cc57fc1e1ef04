#include "base/domain.hpp"

#include <memory>

#include <fmt/format.h>
#include <idn2.h>

#include "base/ascii.hpp"

namespace postern {
namespace {

constexpr std::size_t max_name = 253;
constexpr std::size_t max_label = 63;

bool is_domain_octet(char c) noexcept {
  return (c >= 'a' && c <= 'z') || is_ascii_digit(c) || c == '-' || c == '_';
}

}  // namespace

std::size_t normalise_ascii_domain(std::string_view name, char* out) noexcept {
  if (!name.empty() && name.back() == '.') name.remove_suffix(1);
  if (name.empty() || name.size() > max_name) return 0;
  std::size_t label = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = ascii_lower(name[i]);
    if (c == '.') {
      if (label == 0) return 0;
      label = 0;
    } else if (is_domain_octet(c)) {
      if (++label > max_label) return 0;
    } else {
      return 0;
    }
    out[i] = c;
  }
  return label == 0 ? 0 : name.size();
}

Result<std::string> normalise_domain(std::string_view raw) {
  const std::string_view name = trim(raw);
  std::string out(max_name, '\0');
  if (const std::size_t length = normalise_ascii_domain(name, out.data()); length > 0) {
    out.resize(length);
    return out;
  }
  const auto invalid = [&](std::string_view why) {
    return fail(fmt::format("'{}' is not a domain name ({})", printable(name.substr(0, 80)), why),
                {}, "write it like contoso.com");
  };
  if (name.empty()) return invalid("empty");
  bool ascii = true;
  for (const char c : name)
    ascii = ascii && static_cast<unsigned char>(c) < 0x80;
  if (ascii) {
    if (name.size() > max_name + 1) return invalid("longer than 253 octets");
    return invalid("empty or overlong label, or a character that a domain can't hold");
  }
  if (!is_valid_utf8(name)) return invalid("not UTF-8");
  std::string input(name);
  char* raw_output = nullptr;
  const int code =
      idn2_to_ascii_8z(input.c_str(), &raw_output, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
  const std::unique_ptr<char, void (*)(void*)> output(raw_output, idn2_free);
  if (code != IDN2_OK) return invalid(idn2_strerror(code));
  const std::size_t length = normalise_ascii_domain(output.get(), out.data());
  if (length == 0) return invalid("its ASCII form is not a domain name");
  out.resize(length);
  return out;
}

std::string display_domain(std::string_view name) {
  std::string input(name);
  char* raw_output = nullptr;
  if (idn2_to_unicode_8z8z(input.c_str(), &raw_output, 0) != IDN2_OK) return input;
  const std::unique_ptr<char, void (*)(void*)> output(raw_output, idn2_free);
  return output.get();
}

}  // namespace postern
