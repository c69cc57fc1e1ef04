#include "gate/settings.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/ascii.hpp"
#include "base/toml_fields.hpp"
#include "gate/settings_keys.hpp"

namespace postern::gate {
namespace {

FileValue value_of(const toml::node& node) {
  FileValue out;
  if (const auto* boolean = node.as_boolean()) {
    out.kind = FileValue::Kind::boolean;
    out.boolean = boolean->get();
  } else if (const auto* integer = node.as_integer()) {
    out.kind = FileValue::Kind::integer;
    out.integer = integer->get();
  } else if (const auto* text = node.as_string()) {
    out.kind = FileValue::Kind::text;
    out.text = text->get();
  } else if (const auto* array = node.as_array()) {
    out.kind = FileValue::Kind::list;
    for (const auto& item : *array) {
      const auto* piece = item.as_string();
      if (piece == nullptr) out.kind = FileValue::Kind::other;
      if (piece != nullptr) out.list.push_back(piece->get());
    }
  }
  return out;
}

// One reading of one file.
class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  tl::expected<Settings, std::vector<Error>> run(const toml::table& root) {
    Settings settings;
    std::vector<std::string_view> parts;
    for_each_part([&](const SettingPart& part, const auto&, auto) { parts.push_back(part.name); });
    for_each_part([&](const SettingPart& part, const auto& keys, auto place) {
      if (part.name.empty()) {
        table(root, "the file", keys, place(settings), parts);
        return;
      }
      const toml::node* node = root.get(part.name);
      if (node == nullptr) return;
      if (part.repeated) {
        each_of(
            *node, part, keys, [&]() -> auto& { return place(settings); });
      } else if (const auto* inner = node->as_table()) {
        table(*inner, part.name, keys, place(settings), {});
      } else {
        fault(fmt::format("'{}' is not a table", part.name), *node,
              fmt::format("write [{}]", part.name));
      }
    });
    if (faults_.empty()) contradictions(root, settings);
    if (!faults_.empty()) return tl::unexpected(std::move(faults_));
    settings.smtp.open = root.contains("smtp");
    finish(settings);
    return settings;
  }

 private:
  void fault(std::string what, const toml::node& node, std::string remedy) {
    faults_.push_back({std::move(what), toml_fields::place(node, file_), std::move(remedy)});
  }

  template <class T>
  void table(const toml::table& table, std::string_view part, const SettingKeys<T>& keys, T& into,
             const std::vector<std::string_view>& others) {
    for (const SettingKey<T>& key : keys) {
      if (key.default_value == "required" && !table.contains(key.name)) {
        fault(fmt::format("{} without {}", part, key.name), table,
              fmt::format("add {} = …", key.name));
      }
    }
    for (const auto& [file_key, node] : table) {
      const std::string_view name = file_key.str();
      const auto key =
          std::find_if(keys.begin(), keys.end(), [&](const auto& k) { return k.name == name; });
      if (key != keys.end()) {
        const std::string wrong = key->read(value_of(node), into);
        if (!wrong.empty()) {
          fault(fmt::format("{}: {}", key->name, wrong), node,
                fmt::format("it takes {}", key->type));
        }
      } else if (std::find(others.begin(), others.end(), name) == others.end()) {
        unknown(name, part, node, keys, others);
      }
    }
  }

  template <class T>
  void unknown(std::string_view name, std::string_view part, const toml::node& node,
               const SettingKeys<T>& keys, const std::vector<std::string_view>& others) {
    std::vector<std::string_view> known = others;
    for (const SettingKey<T>& key : keys)
      known.push_back(key.name);
    const std::string_view nearest = nearest_word(name, known);
    fault(fmt::format("unknown key '{}' in {}", printable(name), part), node,
          nearest.empty() ? std::string("postern gate --keys lists the keys")
                          : fmt::format("did you mean '{}'?", nearest));
  }

  template <class T, class Next>
  void each_of(const toml::node& node, const SettingPart& part, const SettingKeys<T>& keys,
               Next next) {
    const auto* array = node.as_array();
    if (array == nullptr) {
      fault(fmt::format("'{}' is not a list of tables", part.name), node,
            fmt::format("write [[{}]]", part.name));
      return;
    }
    for (const auto& item : *array) {
      const auto* inner = item.as_table();
      if (inner == nullptr) {
        fault(fmt::format("'{}' holds what is no table", part.name), item,
              fmt::format("write [[{}]]", part.name));
        continue;
      }
      T& into = next();
      if constexpr (requires { into.where; }) into.where = toml_fields::place(*inner, file_);
      table(*inner, part.name, keys, into, {});
    }
  }

  const toml::node& at(const toml::table& root, std::string_view part, std::string_view key = {}) {
    const toml::node* node = root.get(part);
    if (node == nullptr) return root;
    const auto* inner = node->as_table();
    const toml::node* found = inner == nullptr || key.empty() ? nullptr : inner->get(key);
    return found == nullptr ? *node : *found;
  }

  void contradictions(const toml::table& root, const Settings& s) {
    if (s.tenants.empty()) {
      fault("no tenant", at(root, "tenants"), "name a tenant's file: tenants = [\"tenant.toml\"]");
    }
    const bool smtp = root.contains("smtp");
    if (!smtp && s.milter.listen.empty()) {
      fault("neither an SMTP door nor a milter", root,
            "add [smtp] with listen, or [milter] with listen");
    }
    if (smtp && s.routes.empty()) {
      fault("an SMTP door, and no route for its mail", at(root, "smtp"),
            "add [[route]] with next_hops");
    }
    if (!smtp && !s.routes.empty()) {
      fault("a route, and no SMTP door", at(root, "route"), "add [smtp]");
    }
    for (const RouteSettings& route : s.routes) {
      if (route.next_hops.empty() == route.maildir.empty()) {
        faults_.push_back({route.maildir.empty() ? "a route that leads nowhere"
                                                 : "a route with both next_hops and maildir",
                           route.where, "give it next_hops, or a maildir"});
      }
    }
    if (s.tls.certificate.empty()) {
      if (!s.tls.key.empty()) {
        fault("a key without its certificate", at(root, "tls", "key"), "add certificate");
      }
      if (s.smtp.require_tls) {
        fault("require_tls without a certificate", at(root, "smtp", "require_tls"),
              "add [tls] with certificate and key");
      }
      if (s.smtp.auth == AuthUse::pass && !s.smtp.auth_in_clear) {
        fault("auth = \"pass\" needs TLS, and there is no certificate", at(root, "smtp", "auth"),
              "add [tls] with certificate and key");
      }
    }
    if (!s.hops.key.empty() && s.hops.certificate.empty()) {
      fault("a key without its certificate", at(root, "next_hop", "key"), "add certificate");
    }
    if (s.smtp.auth == AuthUse::pass && s.smtp.auth_mechanisms.empty()) {
      fault("auth = \"pass\" without a mechanism", at(root, "smtp", "auth_mechanisms"),
            "name one, or leave the key out");
    }
    if (s.judge.authenticate_all && s.judge.authserv_id.empty()) {
      fault("authenticate_all without authserv_id: nobody would see the results",
            at(root, "authenticate_all"), "add authserv_id = \"mail.example.com\"");
    }
    if (s.ledger.file.empty() && root.contains("ledger")) {
      fault("a ledger without its file", at(root, "ledger"), "add file = \"ledger.db\"");
    }
    if (!s.group.empty() && s.user.empty()) {
      fault("a group without a user", at(root, "group"), "add user");
    }
    for (const auto& list : {s.judge.tenants, s.judge.domains}) {
      for (const judge::ModeOverride& each : list) {
        if (!each.mode && !each.stage) {
          faults_.push_back({fmt::format("nothing is said of '{}'", printable(each.name)),
                             each.where, "give it a mode or a stage"});
        }
      }
    }
  }

  // Paths are relative to the file, as its reader would expect.
  void finish(Settings& s) const {
    s.file = file_;
    const auto folder = std::filesystem::path(file_).parent_path();
    const auto settle = [&](std::string& path) {
      if (!path.empty()) path = (folder / path).lexically_normal().string();
    };
    for (std::string& tenant : s.tenants)
      settle(tenant);
    for (RouteSettings& route : s.routes)
      settle(route.maildir);
    for (std::string* path :
         {&s.hold_folder, &s.tls.certificate, &s.tls.key, &s.tls.client_ca, &s.hops.ca,
          &s.hops.certificate, &s.hops.key, &s.ledger.file, &s.ledger.hash_key_file}) {
      settle(*path);
    }
  }

  std::string file_;
  std::vector<Error> faults_;
};

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

tl::expected<Settings, std::vector<Error>> parse_settings(std::string_view text,
                                                          const std::string& name) {
  try {
    return Reader(name).run(toml::parse(text, name));
  } catch (const toml::parse_error& error) {
    return tl::unexpected(std::vector<Error>{
        {std::string(error.description()),
         fmt::format("{}:{}:{}", name, error.source().begin.line, error.source().begin.column),
         "docs/gate-file.md shows the file"}});
  }
}

tl::expected<Settings, std::vector<Error>> read_settings(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path)) {
    return tl::unexpected(
        std::vector<Error>{{"can't be read", path, "give the path of a gate.toml"}});
  }
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return parse_settings(text, path);
}

std::string describe_settings() {
  std::string out =
      "# gate.toml\n\nWhat `postern gate gate.toml` reads; `postern gate gate.toml --check` says "
      "what is wrong with it. This page is printed by `postern gate --keys`, from the table that "
      "the file is read with.\n\nTimes are \"250ms\", \"90s\", \"5m\" or \"2h\"; sizes \"256K\", "
      "\"150M\" or a number of octets. Paths are relative to the file. "
      "`packaging/gate.toml.example` is a file to begin with.\n";
  for_each_part([&](const SettingPart& part, const auto& keys, auto) {
    const std::string title = part.name.empty() ? std::string("The head")
                              : part.repeated   ? fmt::format("[[{}]]", part.name)
                                                : fmt::format("[{}]", part.name);
    out += fmt::format("\n## {}\n\n{}\n\n| key | takes | without it | |\n|---|---|---|---|\n",
                       title, part.purpose);
    for (const auto& key : keys) {
      out += fmt::format("| `{}` | {} | {} | {} |\n", key.name, cell(key.type),
                         cell(key.default_value), cell(key.meaning));
    }
  });
  return out;
}

}  // namespace postern::gate
