#include "cli/what_if.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "tenant/load.hpp"

namespace postern::cli {
namespace {

using policy::AcceptedDomain;
using policy::InboundConnector;
using policy::RejectDirectSend;
using policy::Tenant;

constexpr const char* option_name = "--if";
constexpr const char* forms =
    "write 'reject-direct-send on', 'accepted-domain contoso.com', 'connector \"Scan relay\" "
    "type=OnPremises sender_domains=* sender_ip_addresses=203.0.113.7', or 'no connector NAME'";

using Words = std::vector<std::string>;

/// Splits at spaces; what stands in single or double quotes is one piece.
Result<Words> words_of(std::string_view text) {
  Words out;
  std::string word;
  bool open = false;
  char quote = 0;
  for (const char c : text) {
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
      open = true;
    } else if (c == ' ' || c == '\t') {
      if (open || !word.empty()) out.push_back(std::exchange(word, {}));
      open = false;
    } else {
      word += c;
    }
  }
  if (quote != 0) {
    return fail(fmt::format("'{}' has a quote without its end", printable(text)), option_name);
  }
  if (open || !word.empty()) out.push_back(std::move(word));
  return out;
}

Error unknown(std::string_view change) {
  return {fmt::format("'{}' is no change that is known", printable(change)), option_name, forms};
}

std::string toml_text(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < ' ' ? '?' : c;
  }
  return out + '"';
}

bool is_list(std::string_view key) {
  return key == "sender_domains" || key == "sender_ip_addresses" ||
         key == "associated_accepted_domains" || key == "trusted_organizations" ||
         key == "ef_skip_ips";
}

/// "key=value" as a line of tenant.toml: so the same keys, values and refusals hold for both.
Result<std::string> toml_line(std::string_view word) {
  const std::size_t at = word.find('=');
  if (at == std::string_view::npos || at == 0) {
    return fail(fmt::format("'{}' is not key=value", printable(word)), option_name, forms);
  }
  const std::string_view key = word.substr(0, at);
  const std::string_view value = word.substr(at + 1);
  const bool plain = std::all_of(key.begin(), key.end(),
                                 [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  if (!plain)
    return fail(fmt::format("'{}' is no key of tenant.toml", printable(key)), option_name);
  std::string line = fmt::format("{} = ", key);
  if (is_list(key)) {
    line += "[";
    for (const auto& item : split(value, ','))
      line += (line.ends_with('[') ? "" : ", ") + toml_text(trim(item));
    line += "]";
  } else if (value == "true" || value == "false") {
    line += value;
  } else {
    line += toml_text(value);
  }
  return line + "\n";
}

/// What the words say of one table of tenant.toml: its name, then its keys.
Result<Tenant> table_of(std::string_view table, const Words& words, std::size_t first) {
  std::string text = fmt::format("[[{}]]\nname = {}\n", table, toml_text(words[first]));
  for (std::size_t i = first + 1; i < words.size(); ++i) {
    auto line = toml_line(words[i]);
    if (!line) return tl::unexpected(line.error());
    text += *line;
  }
  if (table == "inbound_connector") text += "\n[[accepted_domain]]\nname = \"any.example\"\n";
  auto parsed = tenant::parse(text, std::string(option_name) + ".toml");
  if (!parsed) {
    return fail(parsed.error().what, option_name,
                parsed.error().remedy.empty() ? forms : parsed.error().remedy);
  }
  return std::move(parsed->tenant);
}

template <class List, class Same>
bool take_away(List& list, Same same) {
  return std::erase_if(list, same) > 0;
}

Result<void> apply(Tenant& tenant, const std::string& change) {
  auto words = words_of(change);
  if (!words) return tl::unexpected(words.error());
  const bool no = words->size() == 3 && words->front() == "no";
  const std::size_t at = no ? 1 : 0;
  if (words->size() < at + 2) return tl::unexpected(unknown(change));
  const std::string& what = (*words)[at];
  const std::string& name = (*words)[at + 1];
  if (what == "reject-direct-send" && !no && words->size() == 2 &&
      (name == "on" || name == "off")) {
    tenant.reject_direct_send = name == "on" ? RejectDirectSend::on : RejectDirectSend::off;
    return {};
  }
  if (what != "connector" && what != "accepted-domain") return tl::unexpected(unknown(change));
  const auto same_connector = [&](const InboundConnector& each) {
    return iequals(each.name, name);
  };
  const auto normal = normalise_domain(name);
  const auto same_domain = [&](const AcceptedDomain& each) {
    return normal && each.name == *normal;
  };
  const bool gone = what == "connector" ? take_away(tenant.inbound_connectors, same_connector)
                                        : take_away(tenant.accepted_domains, same_domain);
  if (no) {
    if (gone) return {};
    return fail(fmt::format("there is no {} '{}' to take away", what, printable(name)),
                option_name);
  }
  auto table =
      table_of(what == "connector" ? "inbound_connector" : "accepted_domain", *words, at + 1);
  if (!table) return tl::unexpected(table.error());
  if (what == "connector") {
    tenant.inbound_connectors.push_back(std::move(table->inbound_connectors.front()));
    tenant.inbound_connectors.back().where = option_name;
  } else {
    tenant.accepted_domains.push_back(std::move(table->accepted_domains.front()));
    tenant.accepted_domains.back().where = option_name;
  }
  return {};
}

/// What a change is of: two of one thing contradict or repeat each other. A change that is not
/// known is refused when it is made.
std::string subject_of(const Words& words) {
  const std::size_t at = !words.empty() && words.front() == "no" ? 1 : 0;
  if (words.size() <= at) return {};
  if (words[at] == "reject-direct-send" || words.size() < at + 2) return words[at];
  const auto domain = normalise_domain(words[at + 1]);
  const bool is_domain = words[at] == "accepted-domain" && domain;
  return words[at] + ' ' + (is_domain ? *domain : to_lower(words[at + 1]));
}

Result<void> check_each_is_named_once(const std::vector<std::string>& changes) {
  std::map<std::string, std::string> seen;
  for (const std::string& change : changes) {
    const auto words = words_of(change);
    if (!words) return tl::unexpected(words.error());
    const auto [before, is_new] = seen.emplace(subject_of(*words), change);
    if (is_new) continue;
    return fail(fmt::format("'{}' and '{}' are both of {}", printable(before->second),
                            printable(change), printable(before->first)),
                option_name, "leave one of them away");
  }
  return {};
}

}  // namespace

void add_what_if_option(CLI::App& command, std::vector<std::string>& changes) {
  command
      .add_option("--if", changes,
                  "Change that it would have: 'reject-direct-send on', 'accepted-domain NAME', "
                  "'connector NAME key=value ...' with tenant.toml's keys, 'no accepted-domain "
                  "NAME', 'no connector NAME'")
      ->type_name("CHANGE")
      ->allow_extra_args(false);
}

Result<Tenant> changed(Tenant tenant, const std::vector<std::string>& changes) {
  if (auto fine = check_each_is_named_once(changes); !fine) return tl::unexpected(fine.error());
  for (const std::string& change : changes) {
    if (const auto made = apply(tenant, change); !made) return tl::unexpected(made.error());
  }
  return tenant;
}

}  // namespace postern::cli
