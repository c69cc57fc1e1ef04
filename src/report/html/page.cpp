// Head and foot of the page.
#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "auth/crypto.hpp"
#include "base/embedded.hpp"
#include "base/time.hpp"
#include "report/html/sections.hpp"

namespace postern::report {

// Generated from the files beside this one (cmake/embed.cmake).
std::span<const EmbeddedFile> embedded_files() noexcept;

namespace html {
namespace {

const EmbeddedFile& asset(std::string_view file) noexcept {
  const auto files = embedded_files();
  return *std::find_if(files.begin(), files.end(),
                       [&](const EmbeddedFile& each) { return each.name == file; });
}

// CSP 3, 2.3.1: the digest of what stands between the tags, octet by octet.
void hash_source(Html& page, std::string_view file) {
  const auto digest = auth::Crypto().sha256(asset(file).text);
  page << "'sha256-";
  page.base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
  page << "'";
}

}  // namespace

Html page_for(const Style& style) {
  if (!style.redact) return Html{};
  return Html(Redaction(*style.redact));
}

Html& name(Html& page, std::string_view text) {
  page << "<bdi>";
  page.text(text);
  return page << "</bdi>";
}

Own class_of(Tone tone) noexcept {
  switch (tone) {
    case Tone::good:
      return "good";
    case Tone::ask:
      return "ask";
    case Tone::bad:
      return "bad";
    case Tone::calm:
      break;
  }
  return "calm";
}

void begin(Html& page, const Frame& frame, const Style& style) {
  page << "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri "
          "'none'; form-action 'none'; style-src ";
  hash_source(page, "report.css");
  page << "; script-src ";
  hash_source(page, "report.js");
  page << "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"referrer\" content=\"no-referrer\">\n<title>";
  page.text(frame.title);
  page << "</title>\n<style>";
  page.embedded(asset("report.css"));
  page << "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#content\">Skip to the answer</a>\n"
          "<svg width=\"0\" height=\"0\" aria-hidden=\"true\"><defs><pattern id=\"hatch\" "
          "width=\"7\" "
          "height=\"7\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
          "<line class=\"hatch\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"7\" stroke=\"#9c1d14\" "
          "stroke-width=\"3\"/></pattern></defs></svg>\n<header><span><b>Postern</b> Direct Send "
          "report</span> <span>";
  page.text(frame.about);
  if (style.made_at != 0) {
    page << " · made ";
    std::string made = format_time(style.made_at);
    made.resize(16);
    made[10] = ' ';
    page.text(made) << " UTC";
  }
  page << "</span></header>\n";
  if (frame.anchors.size() > 1) {
    page << "<nav aria-label=\"Sections\"><ul>";
    for (const Anchor& anchor : frame.anchors) {
      page << "<li><a";
      page.attribute("href", '#' + std::string(anchor.id));
      page << ">";
      page.text(anchor.title);
      page << "</a>";
      if (!anchor.count.empty()) {
        page << " <small class=\"dim\">";
        page.text(anchor.count) << "</small>";
      }
      page << "</li>\n";
    }
    page << "</ul></nav>\n";
  }
  page << "<main id=\"content\">\n";
}

void end(Html& page, const Frame& frame, const Style& style) {
  page << "</main>\n<footer>";
  for (const std::string& sentence : frame.foot) {
    page << "<p>";
    page.text(sentence) << "</p>";
  }
  page << "<p>Made by postern ";
  page.text(style.version) << ". ";
  if (style.redact) {
    page << "Redacted: local parts of addresses are hashed, subjects and message ids left out. "
            "Host names and IP addresses are not.";
  } else {
    page << "Holds addresses and subjects of your mail; --redact leaves them out.";
  }
  page << "</p></footer>\n";
  if (frame.has_senders) {
    page << "<script type=\"module\">";
    page.embedded(asset("report.js"));
    page << "</script>\n";
  }
  page << "</body>\n</html>\n";
}

}  // namespace html
}  // namespace postern::report
