#include "report/auth_report.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "auth/dmarc_record.hpp"
#include "base/ascii.hpp"
#include "base/join.hpp"
#include "report/json_parts.hpp"
#include "report/text.hpp"

namespace postern::report {
namespace {

std::string coloured(const Style& style, std::string_view word) {
  const std::string padded = fmt::format("{:<9}", word);
  if (word == "pass") return style.green(padded);
  if (word == "none" || word == "neutral" || word == "policy") return style.dim(padded);
  return word == "temperror" ? style.yellow(padded) : style.red(padded);
}

void line(std::string& out, const Style& style, std::string_view method, std::string_view word,
          std::string_view what) {
  const std::string blank(17, ' ');
  out += fmt::format("{:<6} {} {}", method, coloured(style, word),
                     paragraph(what, style, blank).substr(blank.size()));
}

std::string spf_words(const auth::SpfFinding& spf, const AuthHeading& heading) {
  if (!spf.checked) return "not checked: give --ip, --mail-from and --helo";
  std::string out = fmt::format("{} ({}), client {}", spf.domain,
                                spf.identity_is_helo ? "HELO" : "MAIL FROM", heading.ip);
  if (!spf.explanation.empty()) out += ": " + spf.explanation;
  return out;
}

std::string dkim_words(const auth::DkimOutcome& each) {
  std::string out = fmt::format("{}, selector {}", each.domain.empty() ? "?" : each.domain,
                                each.selector.empty() ? "?" : each.selector);
  if (each.key_bits > 0) out += fmt::format(", {} {} bits", each.algorithm, each.key_bits);
  if (each.result != auth::DkimResult::pass) out += fmt::format(": {}", name_of(each.reason));
  if (!each.detail.empty()) out += ", " + each.detail;
  if (each.length_limited) {
    out += fmt::format("; weak: l= leaves {} octets of the body unsigned", each.unsigned_octets);
  }
  if (each.testing) out += "; the key is for testing (t=y)";
  return out;
}

std::string arc_words(const auth::ArcOutcome& arc) {
  if (const auth::ArcSet* outermost = arc.outermost()) {
    return fmt::format("{} set{}, outermost sealer {} ({}){}{}", arc.sets.size(),
                       arc.sets.size() == 1 ? "" : "s", outermost->sealer,
                       arc.trusted ? "trusted"
                       : arc.from_is_open
                           ? "not trusted: its signature leaves a From field to anyone"
                           : "not on the list of trusted sealers",
                       arc.detail.empty() ? "" : ": ", arc.detail);
  }
  return arc.detail.empty() ? "the message was not sealed" : arc.detail;
}

// Of what passes; several signatures may be of one domain.
std::string those_aligned(const auth::DmarcOutcome& dmarc, auth::Aligned which,
                          std::string_view title) {
  std::vector<std::string> those;
  for (const auth::Alignment& each : dmarc.alignments) {
    if (each.aligned != which) continue;
    const bool spf = each.identifier.method == auth::AuthenticatedIdentifier::Method::spf;
    std::string text = fmt::format("{} {}", spf ? "SPF" : "DKIM", each.identifier.domain);
    if (std::find(those.begin(), those.end(), text) == those.end()) {
      those.push_back(std::move(text));
    }
  }
  return those.empty() ? std::string() : fmt::format("; {}: {}", title, joined(those));
}

std::string dmarc_words(const auth::DmarcOutcome& dmarc) {
  std::string out = dmarc.author_domain.empty() ? "no author domain" : dmarc.author_domain;
  if (!dmarc.policy_domain.empty()) {
    out += fmt::format(", {}={} at {}", dmarc.published_tag, word_of(dmarc.published),
                       dmarc.policy_domain);
  }
  out += those_aligned(dmarc, auth::Aligned::yes, "aligned");
  out += those_aligned(dmarc, auth::Aligned::unknown, "aligned or not, DNS does not tell");
  if (dmarc.testing && dmarc.result == auth::DmarcResult::fail) {
    out += fmt::format("; t=y: receivers are asked for {}", word_of(dmarc.applied));
  }
  const bool says_itself = dmarc.result == auth::DmarcResult::pass;
  if (!says_itself && !dmarc.detail.empty()) out += ": " + dmarc.detail;
  return out;
}

// What the owner of the policy record should know of it.
void record_section(std::string& out, const auth::DmarcOutcome& dmarc, const Style& style) {
  const std::string& text = dmarc.record.empty() ? dmarc.no_record : dmarc.record;
  if (text.empty()) return;
  const auto findings = auth::lint_dmarc_record(text);
  if (findings.empty()) return;
  if (dmarc.record.empty()) {
    out += "\n" + paragraph(fmt::format("The text at _dmarc.{}, which is no DMARC record: {}",
                                        dmarc.no_record_domain, text),
                            style);
  } else {
    out += fmt::format("\nThe DMARC record of {}\n", printable(dmarc.policy_domain));
  }
  for (const auth::LintFinding& each : findings) {
    const std::string tag = each.tag.empty() ? "" : each.tag + "=";
    const bool says_tag = tag.empty() || each.what.starts_with(tag);
    out += paragraph(fmt::format("{}: {}{}{}{}", word_of(each.severity), says_tag ? "" : tag + " ",
                                 each.what, each.remedy.empty() ? "" : "; ", each.remedy),
                     style, "  ");
  }
}

// "SPF:     example.com: ...": how deep a look-up lies is told by the blanks behind its method.
std::string step_text(std::string_view step, const Style& style) {
  const std::size_t colon = std::min(step.find(':'), step.size());
  const std::size_t begins = std::min(step.find_first_not_of(' ', colon + 1), step.size());
  return paragraph(step.substr(begins), style, "  " + printable(step.substr(0, begins)));
}

Json json_findings(const auth::DmarcOutcome& dmarc) {
  Json out = Json::array();
  const std::string& text = dmarc.record.empty() ? dmarc.no_record : dmarc.record;
  if (text.empty()) return out;
  for (const auth::LintFinding& each : auth::lint_dmarc_record(text)) {
    out.push_back({{"severity", word_of(each.severity)},
                   {"tag", each.tag},
                   {"at", each.at},
                   {"length", each.length},
                   {"what", each.what},
                   {"remedy", each.remedy}});
  }
  return out;
}

Json json_strings(const std::vector<std::string>& texts) {
  Json out = Json::array();
  for (const std::string& text : texts)
    out.push_back(text);
  return out;
}

std::string as_of(const AuthHeading& heading) {
  using Source = AuthHeading::TimeSource;
  if (heading.at_source == Source::now) return {};
  if (heading.at_source == Source::unknown) {
    return fmt::format("Judged as of now: when it came is not known, as {} (--at TIME).",
                       heading.at_doubt);
  }
  return fmt::format(
      "Judged as of {}{}.", format_time(heading.at),
      heading.at_source == Source::received
          ? ", when its topmost Received line says that it came (--at TIME, --at now)"
          : "");
}

std::string_view word_of(AuthHeading::TimeSource source) {
  using Source = AuthHeading::TimeSource;
  switch (source) {
    case Source::now:
      return "now";
    case Source::received:
      return "received";
    case Source::option:
      return "option";
    case Source::unknown:
      break;
  }
  return "unknown";
}

}  // namespace

std::string auth_text(const AuthDocument& document, const Style& style) {
  const auto& [known, heading] = document;
  const std::string_view answer = known.authenticated()  ? "is authenticated"
                                  : known.undetermined() ? "could not be checked"
                                                         : "is not authenticated";
  std::string from = joined(known.from_domains);
  if (known.from_unreadable) from += from.empty() ? "(unreadable)" : " (unreadable)";
  const std::string headline =
      fmt::format("{}: From {} {}", heading.message, from.empty() ? "nobody" : from, answer);
  std::string out = style.bold(paragraph(headline, style)) + "\n";
  if (const std::string when = as_of(heading); !when.empty())
    out += style.dim(paragraph(when, style)) + "\n";
  line(out, style, "SPF", known.spf.checked ? word_of(known.spf.result) : "none",
       spf_words(known.spf, heading));
  if (known.dkim.empty()) line(out, style, "DKIM", "none", "the message is not signed");
  for (const auth::DkimOutcome& each : known.dkim)
    line(out, style, "DKIM", word_of(each.result), dkim_words(each));
  line(out, style, "ARC", word_of(known.arc.result), arc_words(known.arc));
  line(out, style, "DMARC", word_of(known.dmarc.result), dmarc_words(known.dmarc));
  record_section(out, known.dmarc, style);
  out += "\nStep by step\n";
  for (const std::string& step : known.trail)
    out += step_text(step, style);
  return out;
}

std::string auth_json(const AuthDocument& of, const Style& /*style*/) {
  const auto& [known, heading] = of;
  Json dkim = Json::array();
  for (const auth::DkimOutcome& each : known.dkim) {
    dkim.push_back({{"result", word_of(each.result)},
                    {"reason", name_of(each.reason)},
                    {"detail", each.detail},
                    {"domain", each.domain},
                    {"selector", each.selector},
                    {"identity", each.identity},
                    {"algorithm", each.algorithm},
                    {"key_bits", each.key_bits},
                    {"length_limited", each.length_limited},
                    {"unsigned_octets", each.unsigned_octets},
                    {"body_holds", each.body_holds ? Json(*each.body_holds) : Json(nullptr)},
                    {"testing", each.testing}});
  }
  Json sets = Json::array();
  for (const auth::ArcSet& set : known.arc.sets) {
    sets.push_back({{"instance", set.instance},
                    {"sealer", set.sealer},
                    {"cv", set.chain_validation},
                    {"authentication_results", set.authentication_results}});
  }
  Json alignments = Json::array();
  for (const auth::Alignment& each : known.dmarc.alignments) {
    const bool spf = each.identifier.method == auth::AuthenticatedIdentifier::Method::spf;
    alignments.push_back({{"method", spf ? "spf" : "dkim"},
                          {"domain", each.identifier.domain},
                          {"aligned", each.aligned == auth::Aligned::unknown
                                          ? Json(nullptr)
                                          : Json(each.aligned == auth::Aligned::yes)}});
  }
  const Json document = {
      {"schema", "postern/auth/1"},
      {"message", heading.message},
      {"at", format_time(heading.at)},
      {"at_source", word_of(heading.at_source)},
      {"from_domains", json_strings(known.from_domains)},
      {"authenticated", known.authenticated()},
      {"undetermined", known.undetermined()},
      {"spf",
       {{"checked", known.spf.checked},
        {"result", word_of(known.spf.result)},
        {"identity", known.spf.identity_is_helo ? "helo" : "mailfrom"},
        {"domain", known.spf.domain},
        {"explanation", known.spf.explanation}}},
      {"dkim", std::move(dkim)},
      {"arc",
       {{"result", word_of(known.arc.result)},
        {"detail", known.arc.detail},
        {"trusted", known.arc.trusted},
        {"sets", std::move(sets)}}},
      {"dmarc",
       {{"result", word_of(known.dmarc.result)},
        {"detail", known.dmarc.detail},
        {"author_domain", known.dmarc.author_domain},
        {"policy_domain", known.dmarc.policy_domain},
        {"organizational_domain", known.dmarc.organizational_domain},
        {"record", known.dmarc.record},
        {"no_record", known.dmarc.no_record},
        {"record_findings", json_findings(known.dmarc)},
        {"published", word_of(known.dmarc.published)},
        {"applied", word_of(known.dmarc.applied)},
        {"alignments", std::move(alignments)}}},
      {"trail", json_strings(known.trail)},
  };
  return document_text(document);
}

}  // namespace postern::report
