// lint_dmarc_record(): what a publisher should know about a record.
#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "auth/dmarc_tags.hpp"
#include "base/ascii.hpp"

namespace postern::auth {
namespace {

using Severity = LintFinding::Severity;

constexpr std::array<std::string_view, 11> known_tags = {"v", "p",   "sp",  "np",  "adkim", "aspf",
                                                         "t", "psd", "rua", "ruf", "fo"};

class Lint {
 public:
  explicit Lint(std::string_view text) : text_(text), tags_(dmarc_tags(text)) {}

  std::vector<LintFinding> run() {
    if (!is_dmarc_record(text_)) {
      no_record();
      return std::move(findings_);
    }
    in_lower_case(tags_.front(), "v");
    for (std::size_t i = 1; i < tags_.size(); ++i)
      look_at(tags_[i]);
    look_at_the_whole();
    std::stable_sort(findings_.begin(), findings_.end(),
                     [](const auto& a, const auto& b) { return a.at < b.at; });
    return std::move(findings_);
  }

 private:
  void add(Severity severity, std::size_t at, std::size_t length, std::string_view tag,
           std::string what, std::string remedy) {
    findings_.push_back({severity, at, length, to_lower(tag), std::move(what), std::move(remedy)});
  }
  void at_value(Severity severity, const DmarcTag& tag, std::string what, std::string remedy) {
    add(severity, tag.value_at, tag.value.size(), tag.name, std::move(what), std::move(remedy));
  }
  void at_name(Severity severity, const DmarcTag& tag, std::string what, std::string remedy) {
    add(severity, tag.at, tag.name.size(), printable(tag.name), std::move(what), std::move(remedy));
  }

  // The first of that name, v= aside.
  [[nodiscard]] const DmarcTag* find(std::string_view name) const noexcept {
    for (std::size_t i = 1; i < tags_.size(); ++i) {
      if (tags_[i].has_equals && iequals(tags_[i].name, name)) return &tags_[i];
    }
    return nullptr;
  }

  void no_record() {
    const std::size_t length = std::min(text_.find(';'), text_.size());
    add(Severity::error, 0, length, "v",
        "the record does not begin with \"v=DMARC1\", so it is no DMARC record",
        istarts_with(trim(text_), "v=dmarc1") && !text_.starts_with("v=DMARC1")
            ? "write v=DMARC1 in this case, without space before it"
            : "begin with v=DMARC1;");
  }

  void look_at(const DmarcTag& tag) {
    if (!tag.has_equals) {
      if (tag.name.empty()) {
        add(Severity::warning, tag.at, 0, {}, "nothing stands between two semicolons",
            "take one semicolon out");
      } else {
        at_name(Severity::error, tag, fmt::format("'{}' has no '='", printable(tag.name)),
                "write tag=value");
      }
      return;
    }
    if (!std::all_of(tag.value.begin(), tag.value.end(), is_ascii_printable)) {
      at_value(Severity::error, tag, "the value holds an octet that is not printable ASCII",
               "take it out");
    }
    if (iequals(tag.name, "pct") || iequals(tag.name, "rf") || iequals(tag.name, "ri")) {
      removed(tag);
      return;
    }
    const auto known = std::find_if(known_tags.begin(), known_tags.end(),
                                    [&](std::string_view name) { return iequals(name, tag.name); });
    if (known == known_tags.end()) {
      const std::string_view near =
          nearest_word(to_lower(tag.name), {known_tags.begin(), known_tags.end()});
      at_name(Severity::warning, tag,
              fmt::format("'{}' is no tag of DMARC, and is passed over", printable(tag.name)),
              near.empty() ? "take it out" : fmt::format("did you mean {}=?", near));
      return;
    }
    in_lower_case(tag, *known);
    if (*known == "v" || find(*known) != &tag) {
      at_name(Severity::error, tag,
              fmt::format("{}= stands here once more; only the first counts", *known),
              "take it out");
      return;
    }
    value(*known, tag);
  }

  void in_lower_case(const DmarcTag& tag, std::string_view name) {
    if (tag.name == name) return;
    at_name(Severity::warning, tag, "some receivers know tags in lower case only",
            fmt::format("write {}", name));
  }

  void removed(const DmarcTag& tag) {
    const std::string name = to_lower(tag.name);
    if (name != "pct") {
      at_name(Severity::warning, tag, fmt::format("RFC 9989 has no {}= any more", name),
              "take it out");
    } else if (tag.value == "100") {
      at_name(Severity::note, tag, "RFC 9989 has no pct= any more; 100 was the default",
              "take it out");
    } else {
      at_name(Severity::warning, tag,
              "RFC 9989 has no pct= any more: the policy applies to all mail",
              "write t=y while testing, or take it out");
    }
  }

  void value(std::string_view name, const DmarcTag& tag) {
    if (name == "p" || name == "sp" || name == "np") {
      if (!parse_dmarc_policy(tag.value)) {
        wrong_value(Severity::error, tag, "none, quarantine or reject");
      }
    } else if (name == "adkim" || name == "aspf") {
      one_of(tag, "rs", "r or s");
    } else if (name == "t") {
      one_of(tag, "yn", "y or n");
    } else if (name == "psd") {
      one_of(tag, "ynu", "y, n or u");
      if (iequals(tag.value, "y")) {
        at_value(Severity::warning, tag,
                 "psd=y says that others register domains below this one; no domain below takes "
                 "this one as its organisation",
                 "leave it to operators of public suffixes");
      }
    } else if (name == "fo") {
      failure_options(tag);
    } else {
      for (const DmarcUri& uri : dmarc_uris(tag))
        reporting_uri(tag, uri);
    }
  }

  void one_of(const DmarcTag& tag, std::string_view letters, std::string_view words) {
    if (tag.value.size() != 1 || letters.find(ascii_lower(tag.value[0])) == letters.npos) {
      wrong_value(Severity::warning, tag, words);
    }
  }

  void wrong_value(Severity severity, const DmarcTag& tag, std::string_view words) {
    const bool lacks_semicolon =
        tag.value.find('=') != std::string_view::npos && tag.value.find(' ') != tag.value.npos;
    at_value(severity, tag,
             fmt::format("{}= is {}, not '{}'", to_lower(tag.name), words, printable(tag.value)),
             lacks_semicolon ? "put a semicolon between the tags"
             : severity == Severity::error
                 ? "correct it: receivers now act as with p=none, or not at all where no rua= is"
                 : "correct it: the default is taken");
  }

  void failure_options(const DmarcTag& tag) {
    bool plain = true;
    const auto options = split(tag.value, ':');
    for (const std::string_view each : options) {
      const std::string_view option = trim(each);
      if (option.size() != 1 ||
          std::string_view("01ds").find(ascii_lower(option[0])) == std::string_view::npos) {
        wrong_value(Severity::warning, tag, "0, 1, d, s or d:s");
        return;
      }
      plain = plain && !is_ascii_digit(option[0]);
    }
    if (options.size() > 1 && !plain) {
      at_value(Severity::note, tag, "RFC 9989 lets 0 and 1 stand only by themselves",
               "write fo=1, which asks for the most");
    }
    if (find("ruf") == nullptr) {
      at_name(Severity::note, tag, "fo= does nothing without ruf=", "add ruf= or take fo= out");
    }
  }

  void reporting_uri(const DmarcTag& tag, const DmarcUri& uri) {
    const auto at_uri = [&](Severity severity, std::string what, std::string remedy) {
      add(severity, uri.at, uri.text.size(), tag.name, std::move(what), std::move(remedy));
    };
    const std::string shown = printable(uri.text);
    switch (uri.fault) {
      case UriFault::no_scheme:
        at_uri(Severity::error,
               shown.empty() ? "nothing stands where a URI should"
                             : fmt::format("'{}' is no URI, and gets no reports", shown),
               shown.find('@') != std::string::npos ? "put mailto: before the address"
                                                    : "write mailto:reports@example.com");
        break;
      case UriFault::no_address:
        at_uri(Severity::error, fmt::format("'{}' holds no mail address", shown),
               "write mailto:reports@example.com; a comma divides several, each with mailto:");
        break;
      case UriFault::bad_octet:
        at_uri(Severity::error, fmt::format("'{}' holds an octet that a URI may not", shown),
               uri.text.find(' ') != std::string_view::npos && uri.text.find('=') != uri.text.npos
                   ? "put a semicolon between the tags"
                   : "take it out, or write it as %XX");
        break;
      case UriFault::none:
        if (!istarts_with(uri.text, "mailto:")) {
          at_uri(Severity::warning, "receivers need to know mailto: only", "add a mailto: URI");
        }
        break;
    }
    if (!uri.size_limit.empty()) {
      add(Severity::warning, uri.at + uri.text.size(), uri.size_limit.size(), tag.name,
          "RFC 9989 has no size limits any more", "take it out");
    }
  }

  void weaker(std::string_view name, std::string_view than, DmarcPolicy limit,
              std::string_view whom) {
    const DmarcTag* tag = find(name);
    const auto policy = tag == nullptr ? std::nullopt : parse_dmarc_policy(tag->value);
    if (!policy || *policy >= limit) return;
    at_value(Severity::warning, *tag,
             fmt::format("{}={} is weaker than {}={}: {} can be forged where the domain can't",
                         name, word_of(*policy), than, word_of(limit), whom),
             fmt::format("take {}= out, or raise it", name));
  }

  void look_at_the_whole() {
    const auto record = parse_dmarc_record(text_);
    const DmarcTag* p = find("p");
    if (p == nullptr) {
      add(record->rua.empty() ? Severity::error : Severity::warning, 0, text_.size(), "p",
          record->rua.empty() ? "p= is missing, and rua= too: receivers pass the record over"
                              : "p= is missing: receivers act as with p=none",
          "add p=none, p=quarantine or p=reject");
      return;
    }
    if (p != &tags_[1]) {
      at_name(Severity::warning, *p, "p= is not the first tag after v=, as RFC 7489 wants it",
              "move it to the front, for receivers that know only RFC 7489");
    }
    if (!record->p) return;
    weaker("sp", "p", *record->p, "subdomains");
    if (record->sp && find("np") != nullptr) {
      weaker("np", "sp", *record->sp, "names that do not exist");
    } else {
      weaker("np", "p", *record->p, "names that do not exist");
    }
    if (*record->p == DmarcPolicy::none && record->rua.empty() && !record->invalid_policy) {
      at_value(Severity::note, *p, "p=none without rua= asks for nothing and tells nothing",
               "add rua= to get reports");
    }
    const bool nothing_asked = *record->p == DmarcPolicy::none &&
                               record->sp.value_or(DmarcPolicy::none) == DmarcPolicy::none &&
                               record->np.value_or(DmarcPolicy::none) == DmarcPolicy::none;
    if (const DmarcTag* t = find("t"); t != nullptr && record->testing && nothing_asked) {
      at_value(Severity::note, *t, "t=y changes nothing where every policy is none", "take it out");
    }
  }

  std::string_view text_;
  std::vector<DmarcTag> tags_;
  std::vector<LintFinding> findings_;
};

}  // namespace

std::string_view word_of(LintFinding::Severity severity) noexcept {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::note:
      break;
  }
  return "note";
}

std::vector<LintFinding> lint_dmarc_record(std::string_view text) {
  return Lint(text).run();
}

}  // namespace postern::auth
