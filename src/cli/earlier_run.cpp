#include "cli/earlier_run.hpp"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "cli/command.hpp"

namespace postern::cli {

namespace {

// Documents of before 0.2 do not tell.
std::string standing_in(const nlohmann::json& sender) {
  const std::string standing = sender.value("standing", "");
  return standing.empty() || standing == "open" ? standing
                                                : standing + " " + sender.value("looks", "");
}

}  // namespace

Result<std::optional<std::vector<impact::EarlierSender>>> read_earlier_run(
    const std::string& path, const std::string& tenant) {
  if (path.empty()) return std::nullopt;
  const auto text = read_text(path);
  if (!text) return tl::unexpected(text.error());
  const char* remedy = "name a document that postern impact --output json wrote";
  const auto document = nlohmann::json::parse(*text, nullptr, false);
  if (document.is_discarded()) return fail("is no JSON", path, remedy);
  if (!document.is_object() || document.value("schema", nlohmann::json()) != "postern/impact/1") {
    return fail("is no impact report", path, remedy);
  }
  if (!document.contains("tenant") || !document["tenant"].is_string()) {
    return fail("is an impact report with parts missing", path, remedy);
  }
  const std::string whose = document["tenant"];
  if (whose != tenant) {
    return fail(fmt::format("is a report about '{}', and this one is about '{}'", printable(whose),
                            printable(tenant)),
                path, "name an earlier report about this tenant");
  }
  std::vector<impact::EarlierSender> out;
  try {
    for (const auto& sender : document.at("senders")) {
      impact::EarlierSender one;
      one.name = sender.at("name");
      one.kind = sender.at("kind");
      one.standing = standing_in(sender);
      one.addresses = sender.at("addresses");
      one.envelope_senders = sender.at("envelope_senders");
      one.messages = sender.at("messages");
      one.rejected = sender.at("with_rejection").at("reject");
      out.push_back(std::move(one));
    }
  } catch (const nlohmann::json::exception&) {
    return fail("is an impact report with parts missing", path, remedy);
  }
  return out;
}

std::vector<impact::EarlierSender> senders_of(const impact::Report& report) {
  std::vector<impact::EarlierSender> out;
  for (const impact::Sender& sender : report.senders) {
    impact::EarlierSender one{sender.name,
                              std::string(impact::name_of(sender.kind)),
                              impact::standing_of(sender),
                              {},
                              sender.reverse_paths,
                              sender.messages,
                              sender.with_rejection.reject};
    for (const IpAddress address : sender.addresses)
      one.addresses.push_back(address.text());
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace postern::cli
