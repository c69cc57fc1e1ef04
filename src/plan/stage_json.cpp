#include "plan/stage_json.hpp"

#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"

namespace postern::plan {
namespace {

const char* const stages_again = "stages are not edited by hand; plan again";

Json addresses_json(const std::vector<Prefix>& addresses) {
  Json out = Json::array();
  for (const Prefix& address : addresses)
    out.push_back(address.text());
  return out;
}

Json cmdlets_json(const std::vector<tenant::Cmdlet>& cmdlets) {
  Json out = Json::array();
  for (const tenant::Cmdlet& cmdlet : cmdlets) {
    out.push_back(
        {{"cmdlet", cmdlet.name}, {"parameters", Json::parse(tenant::json_parameters(cmdlet))}});
  }
  return out;
}

Json stage_json(const Stage& stage, std::size_t number, const std::vector<Step>& steps) {
  Json out{{"number", number},
           {"kind", name_of(stage.kind)},
           {"does", stage.does},
           {"check", stage.check}};
  Json of = Json::array();
  for (const std::size_t step : stage.steps)
    of.push_back(step + 1);
  out["steps"] = std::move(of);
  out["commands"] = cmdlets_json(stage.cmdlets(steps));
  out["undo"] = cmdlets_json(stage.undo(steps));
  Json expects = Json::array();
  for (const ExpectedMail& mail : stage.expects) {
    expects.push_back({{"connector", mail.connector},
                       {"sender", mail.sender},
                       {"addresses", addresses_json(mail.addresses)}});
  }
  out["expects"] = std::move(expects);
  Json unreached = Json::array();
  for (const UnreachedSender& sender : stage.unreached) {
    unreached.push_back({{"sender", sender.sender},
                         {"addresses", addresses_json(sender.addresses)},
                         {"domains", sender.domains}});
  }
  out["unreached"] = std::move(unreached);
  out["days"] = stage.days;
  return out;
}

Result<std::vector<Prefix>> read_addresses(const Json& json, const std::string& where) {
  const auto texts = texts_member(json, "addresses", where);
  if (!texts) return tl::unexpected(texts.error());
  std::vector<Prefix> out;
  for (const std::string& text : *texts) {
    const auto prefix = Prefix::parse(text);
    if (!prefix)
      return fail(fmt::format("'{}' is no address", printable(text)), where, stages_again);
    out.push_back(*prefix);
  }
  return out;
}

Result<ExpectedMail> read_expected(const Json& json, const std::string& where) {
  const auto connector = text_member(json, "connector", where);
  const auto sender = text_member(json, "sender", where);
  if (!connector) return tl::unexpected(connector.error());
  if (!sender) return tl::unexpected(sender.error());
  auto addresses = read_addresses(json, where);
  if (!addresses) return tl::unexpected(addresses.error());
  return ExpectedMail{*connector, *sender, std::move(*addresses)};
}

Result<UnreachedSender> read_unreached(const Json& json, const std::string& where) {
  const auto sender = text_member(json, "sender", where);
  if (!sender) return tl::unexpected(sender.error());
  auto domains = texts_member(json, "domains", where);
  if (!domains) return tl::unexpected(domains.error());
  auto addresses = read_addresses(json, where);
  if (!addresses) return tl::unexpected(addresses.error());
  return UnreachedSender{*sender, std::move(*addresses), std::move(*domains)};
}

// The members of a list, each by `read_one`.
template <class One>
Result<std::vector<One>> read_list(const Json& stage, const char* name, const std::string& where,
                                   Result<One> (*read_one)(const Json&, const std::string&)) {
  const auto list = array_member(stage, name, where);
  if (!list) return tl::unexpected(list.error());
  std::vector<One> out;
  for (std::size_t i = 0; i < list->size(); ++i) {
    auto one = read_one((*list)[i], fmt::format("{}/{}/{}", where, name, i));
    if (!one) return tl::unexpected(one.error());
    out.push_back(std::move(*one));
  }
  return out;
}

Result<void> find_senders(const Json& list, const std::string& file,
                          std::vector<ExpectedMail>& expects,
                          std::vector<UnreachedSender>& unreached) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string where = fmt::format("{}#/stages/{}", file, i);
    const auto kind = text_member(list[i], "kind", where);
    if (!kind) return tl::unexpected(kind.error());
    if (*kind == name_of(Stage::Kind::look)) {
      auto found = read_list(list[i], "expects", where, read_expected);
      if (!found) return tl::unexpected(found.error());
      expects = std::move(*found);
    } else if (*kind == name_of(Stage::Kind::rule)) {
      auto found = read_list(list[i], "unreached", where, read_unreached);
      if (!found) return tl::unexpected(found.error());
      unreached = std::move(*found);
    }
  }
  return {};
}

}  // namespace

Json stages_json(const std::vector<Stage>& stages, const std::vector<Step>& steps) {
  Json out = Json::array();
  for (std::size_t i = 0; i < stages.size(); ++i)
    out.push_back(stage_json(stages[i], i + 1, steps));
  return out;
}

Result<std::vector<Stage>> read_stages(const Json& document, const std::vector<Step>& steps,
                                       const std::string& file) {
  const auto list = array_member(document, "stages", file);
  if (!list) return tl::unexpected(list.error());
  std::vector<ExpectedMail> expects;
  std::vector<UnreachedSender> unreached;
  if (auto found = find_senders(*list, file, expects, unreached); !found) {
    return tl::unexpected(found.error());
  }
  std::vector<Stage> out = stages_of(steps, std::move(expects), std::move(unreached));
  // What a reviewer reads must be what is done.
  const Json as_made = stages_json(out, steps);
  bool same = list->size() == as_made.size();
  for (std::size_t i = 0; same && i < as_made.size(); ++i) {
    for (const char* part : {"kind", "steps", "commands", "undo", "expects", "unreached", "days"})
      same = same && are_equal((*list)[i].value(part, Json()), as_made[i][part]);
  }
  if (!same) {
    return fail("its stages are not those that its steps and senders give", file + "#/stages",
                stages_again);
  }
  return out;
}

}  // namespace postern::plan
