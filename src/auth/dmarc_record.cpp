#include "auth/dmarc_record.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "auth/dmarc_tags.hpp"
#include "base/ascii.hpp"

namespace postern::auth {
namespace {

std::vector<std::string> valid_uris(const DmarcTag& tag) {
  std::vector<std::string> out;
  for (const DmarcUri& uri : dmarc_uris(tag)) {
    if (uri.fault == UriFault::none) out.emplace_back(uri.text);
  }
  return out;
}

// The first of each name counts.
class Reading {
 public:
  void take(const DmarcTag& tag) {
    if (!tag.has_equals) return;
    if (first(tag, "p", p_)) {
      policy(tag.value, record.p);
    } else if (first(tag, "sp", sp_)) {
      policy(tag.value, record.sp);
    } else if (first(tag, "np", np_)) {
      policy(tag.value, record.np);
    } else if (first(tag, "adkim", adkim_)) {
      record.strict_dkim = iequals(tag.value, "s");
    } else if (first(tag, "aspf", aspf_)) {
      record.strict_spf = iequals(tag.value, "s");
    } else if (first(tag, "t", t_)) {
      record.testing = iequals(tag.value, "y");
    } else if (first(tag, "pct", pct_)) {
      unsigned share = 0;
      const char* end = tag.value.data() + tag.value.size();
      const auto [rest, error] = std::from_chars(tag.value.data(), end, share);
      if (error == std::errc{} && rest == end && share <= 100) record.percentage = share;
    } else if (first(tag, "psd", psd_)) {
      if (iequals(tag.value, "y")) record.psd = 'y';
      if (iequals(tag.value, "n")) record.psd = 'n';
    } else if (first(tag, "rua", rua_)) {
      record.rua = valid_uris(tag);
    } else if (first(tag, "ruf", ruf_)) {
      record.ruf = valid_uris(tag);
    }
  }

  DmarcRecord record;

 private:
  static bool first(const DmarcTag& tag, std::string_view name, bool& seen) noexcept {
    if (seen || !iequals(tag.name, name)) return false;
    seen = true;
    return true;
  }

  void policy(std::string_view word, std::optional<DmarcPolicy>& into) {
    into = parse_dmarc_policy(word);
    if (!into) record.invalid_policy = true;
  }

  bool p_ = false, sp_ = false, np_ = false, adkim_ = false, aspf_ = false, t_ = false;
  bool pct_ = false, psd_ = false, rua_ = false, ruf_ = false;
};

}  // namespace

std::string_view word_of(DmarcPolicy policy) noexcept {
  switch (policy) {
    case DmarcPolicy::quarantine:
      return "quarantine";
    case DmarcPolicy::reject:
      return "reject";
    case DmarcPolicy::none:
      break;
  }
  return "none";
}

bool is_dmarc_record(std::string_view text) noexcept {
  const auto skip_blanks = [&text] {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
      text.remove_prefix(1);
  };
  const auto take = [&text](std::string_view expected) {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(expected.size());
    return true;
  };
  if (!take("v") && !take("V")) return false;
  skip_blanks();
  if (!take("=")) return false;
  skip_blanks();
  if (!take("DMARC1")) return false;
  skip_blanks();
  return text.empty() || text.front() == ';';
}

bool is_meant_as_dmarc(std::string_view text) {
  if (is_dmarc_record(text)) return false;
  const auto tags = dmarc_tags(text);
  if (tags.empty()) return false;
  const DmarcTag& first = tags.front();
  if (first.has_equals && iequals(first.name, "v")) return istarts_with(first.value, "dmarc");
  if (istarts_with(first.name, "v") && ifind(first.name, "dmarc") != std::string_view::npos) {
    return true;
  }
  return std::any_of(tags.begin(), tags.end(), [](const DmarcTag& tag) {
    return tag.has_equals && iequals(tag.name, "p") && parse_dmarc_policy(tag.value);
  });
}

std::optional<DmarcRecord> parse_dmarc_record(std::string_view text) {
  if (!is_dmarc_record(text)) return std::nullopt;
  Reading reading;
  for (const DmarcTag& tag : dmarc_tags(text))
    reading.take(tag);
  return std::move(reading.record);
}

}  // namespace postern::auth
