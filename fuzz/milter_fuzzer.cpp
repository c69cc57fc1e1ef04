// A mail server that says anything at all to a milter session, in pieces of any size.
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "fuzz.hpp"
#include "gate/milter_session.hpp"

namespace postern::fuzz {
namespace {

using namespace gate;
using Kind = MilterSession::Kind;

const std::shared_ptr<const Judge>& judge() {
  static const std::shared_ptr<const Judge> made = [] {
    policy::Tenant tenant;
    tenant.name = "contoso.com";
    tenant.accepted_domains = {{"contoso.com", {}, false, false, ""}};
    JudgeSettings settings;
    settings.stage = Stage::data;
    settings.allow_aligned_dkim = true;
    settings.refuse_own_header_from = true;
    settings.refuse_multiple_from = true;
    settings.strip_organization_headers = true;
    settings.authserv_id = "gate.example";
    return *Judge::make({&tenant, 1}, settings);
  }();
  return made;
}

struct Heard {
  std::string output;
  std::string body;
  std::size_t records = 0;
  bool closed = false;
};

Heard hear(std::string_view input, std::size_t piece) {
  MilterSession session(judge());
  Heard heard;
  while (!input.empty() && !heard.closed) {
    std::string_view part = input.substr(0, piece);
    input.remove_prefix(part.size());
    for (bool more = true; more;) {
      const auto event = session.next(part, heard.output, 0);
      if (event.kind == Kind::body) heard.body += event.body;
      if (event.kind == Kind::message) session.answer(nullptr, heard.output);
      heard.closed = heard.closed || event.kind == Kind::close;
      more = event.kind != Kind::input && event.kind != Kind::close;
    }
    heard.records += session.take_records().size();
  }
  session.hang_up();
  heard.records += session.take_records().size();
  return heard;
}

}  // namespace

void run(std::string_view input) {
  const Heard whole = hear(input, input.size() + 1);
  const Heard pieces = hear(input, 3);
  require(whole.output == pieces.output && whole.body == pieces.body &&
              whole.records == pieces.records && whole.closed == pieces.closed,
          "the session is the same, however its octets arrive");
  // What is answered is frames and nothing else.
  milter::Frames frames;
  std::string_view output = whole.output;
  while (const auto frame = frames.next(output)) {
    require(std::string_view("Ocayim").find(frame->command) != std::string_view::npos,
            "an answer that the protocol has");
  }
  require(output.empty() && !frames.too_long(), "whole frames");
}

}  // namespace postern::fuzz
