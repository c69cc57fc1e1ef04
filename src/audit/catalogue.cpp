#include "audit/catalogue.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "audit/audit.hpp"
#include "audit/embedded.hpp"
#include "base/ascii.hpp"
#include "base/time.hpp"

namespace postern::audit {
namespace {

namespace fs = std::filesystem;

std::string place(const toml::node& node, const std::string& file) {
  return fmt::format("{}:{}:{}", file, node.source().begin.line, node.source().begin.column);
}

// Reads a table's keys into texts; every key must be known, dates count as text.
class Fields {
 public:
  Fields(const toml::table& table, const std::string& file) : table_(table), file_(file) {}

  std::string take(std::string_view key, bool required = false) {
    known_.emplace_back(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr) {
      if (required) note(fmt::format("no {}", key), place(table_, file_), "add it");
      return {};
    }
    std::ostringstream text;
    if (const auto* value = node->as_string()) {
      text << value->get();
    } else if (const auto* date = node->as_date()) {
      text << date->get();
    } else {
      note(fmt::format("{} is no text", key), place(*node, file_), "put it in quotes");
    }
    std::string out(trim(text.str()));
    if (required && out.empty()) note(fmt::format("{} is empty", key), place(*node, file_), "");
    return out;
  }
  void allow(std::string_view key) { known_.emplace_back(key); }

  Result<void> finish() {
    for (const auto& [key, node] : table_) {
      if (std::find(known_.begin(), known_.end(), key.str()) == known_.end()) {
        note(fmt::format("unknown key '{}'", printable(key.str())), place(node, file_),
             "see docs/controls.md");
      }
    }
    if (fault_.what.empty()) return {};
    return tl::unexpected(fault_);
  }

 private:
  void note(std::string what, std::string where, std::string remedy) {
    if (fault_.what.empty()) fault_ = {std::move(what), std::move(where), std::move(remedy)};
  }
  const toml::table& table_;
  const std::string& file_;
  std::vector<std::string> known_;
  Error fault_;
};

template <class T, class Read>
Result<void> read_list(const toml::table& root, std::string_view key, const std::string& file,
                       std::vector<T>& into, Read read) {
  const toml::node* node = root.get(key);
  if (node == nullptr) return {};
  const auto* array = node->as_array();
  if (array == nullptr)
    return fail(fmt::format("{} is no list of tables", key), place(*node, file),
                fmt::format("write [[{}]]", key));
  for (const auto& item : *array) {
    const auto* table = item.as_table();
    if (table == nullptr) return fail(fmt::format("{} holds no table", key), place(item, file));
    Fields fields(*table, file);
    into.push_back(read(fields));
    if (auto done = fields.finish(); !done) return done;
  }
  return {};
}

Result<void> read_check(const toml::table& root, const std::string& file, Check& check) {
  const toml::node* node = root.get("check");
  const toml::table* table = node == nullptr ? nullptr : node->as_table();
  if (table == nullptr) return fail("no [check]", place(root, file), "say what is looked at");
  Fields fields(*table, file);
  check.evaluator = fields.take("evaluator");
  check.property = fields.take("property");
  check.expect = fields.take("expect");
  const std::string null_is = fields.take("null_is");
  if (auto done = fields.finish(); !done) return done;
  if (check.evaluator.empty() == check.property.empty()) {
    return fail("[check] needs either an evaluator or a property", place(*table, file));
  }
  if (!check.evaluator.empty() && !is_evaluator(check.evaluator)) {
    return fail(fmt::format("no evaluator '{}'", printable(check.evaluator)), place(*table, file),
                "see docs/controls.md");
  }
  if (!check.property.empty() && check.expect.empty()) {
    return fail("[check] has a property and no expect", place(*table, file));
  }
  if (null_is == "pass") {
    check.null_is = Status::pass;
  } else if (null_is == "not determined") {
    check.null_is = Status::not_determined;
  } else if (!null_is.empty() && null_is != "fail") {
    return fail("null_is must be pass, fail or not determined", place(*table, file));
  }
  return {};
}

template <class T, class Read>
Result<T> with_toml(std::string_view text, const std::string& file, Read read) {
  try {
    return read(toml::parse(text, file));
  } catch (const toml::parse_error& error) {
    return fail(
        std::string(error.description()),
        fmt::format("{}:{}:{}", file, error.source().begin.line, error.source().begin.column),
        "see docs/controls.md");
  }
}

Result<std::string> slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  if (!file || !(text << file.rdbuf())) {
    return fail(fmt::format("can't be read ({})", std::strerror(errno)), path, "check the path");
  }
  return text.str();
}

}  // namespace

std::string_view name_of(Status status) noexcept {
  switch (status) {
    case Status::pass:
      return "pass";
    case Status::fail:
      return "fail";
    case Status::not_applicable:
      return "not applicable";
    case Status::not_determined:
      break;
  }
  return "not determined";
}

namespace {
// Lines of prose are broken for the editor's sake alone.
std::string unwrap(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}
}  // namespace

Result<Control> parse_control(std::string_view text, const std::string& file) {
  return with_toml<Control>(text, file, [&](const toml::table& root) -> Result<Control> {
    Control control;
    control.where = file;
    Fields fields(root, file);
    control.id = fields.take("id", true);
    control.title = fields.take("title", true);
    control.profile = fields.take("profile");
    control.rationale = unwrap(fields.take("rationale"));
    control.impact = unwrap(fields.take("impact"));
    control.remedy = unwrap(fields.take("remedy", true));
    control.command = fields.take("command");
    for (const char* part : {"check", "lifecycle", "equivalent"})
      fields.allow(part);
    if (auto done = fields.finish(); !done) return tl::unexpected(done.error());
    if (auto done = read_check(root, file, control.check); !done) {
      return tl::unexpected(done.error());
    }
    auto done = read_list(root, "lifecycle", file, control.lifecycle, [](Fields& f) {
      return Lifecycle{f.take("benchmark", true), f.take("date"), f.take("state", true)};
    });
    if (done) {
      done = read_list(root, "equivalent", file, control.equivalents, [](Fields& f) {
        return Equivalent{f.take("framework", true), f.take("id", true), f.take("note")};
      });
    }
    if (!done) return tl::unexpected(done.error());
    return control;
  });
}

Result<std::vector<Control>> load_catalogue(const std::string& folder) {
  std::vector<Control> controls;
  const auto add = [&](std::string_view text, const std::string& file) -> Result<void> {
    auto control = parse_control(text, file);
    if (!control) return tl::unexpected(control.error());
    for (Control& known : controls) {
      if (known.id == control->id) {
        known = std::move(*control);
        return {};
      }
    }
    controls.push_back(std::move(*control));
    return {};
  };
  for (const EmbeddedFile& file : embedded_files()) {
    if (auto done = add(file.text, std::string(file.name)); !done) {
      return tl::unexpected(done.error());
    }
  }
  if (!folder.empty()) {
    std::error_code failed;
    std::vector<std::string> files;
    for (fs::directory_iterator it(folder, failed), end; !failed && it != end;
         it.increment(failed)) {
      if (it->path().extension() == ".toml") files.push_back(it->path().string());
    }
    if (failed) {
      return fail(fmt::format("can't be read ({})", failed.message()), folder,
                  "name a folder of control files");
    }
    std::sort(files.begin(), files.end());
    for (const std::string& file : files) {
      const auto text = slurp(file);
      if (!text) return tl::unexpected(text.error());
      if (auto done = add(*text, file); !done) return tl::unexpected(done.error());
    }
  }
  std::sort(controls.begin(), controls.end(), [](const Control& a, const Control& b) {
    const bool a_first = a.id == "6.5.5";
    const bool b_first = b.id == "6.5.5";
    return a_first != b_first ? a_first : a.id < b.id;
  });
  return controls;
}

Result<std::vector<Waiver>> parse_waivers(std::string_view text, const std::string& file,
                                          const std::vector<Control>& catalogue) {
  using Waivers = std::vector<Waiver>;
  return with_toml<Waivers>(text, file, [&](const toml::table& root) -> Result<Waivers> {
    Waivers waivers;
    Fields top(root, file);
    top.allow("waiver");
    if (auto done = top.finish(); !done) return tl::unexpected(done.error());
    const auto done = read_list(root, "waiver", file, waivers, [&](Fields& f) {
      return Waiver{f.take("control", true), f.take("object"),        f.take("owner", true),
                    f.take("reason", true),  f.take("expires", true), file};
    });
    if (!done) return tl::unexpected(done.error());
    for (Waiver& waiver : waivers) {
      auto id = find_control(waiver.control, catalogue);
      if (!id) return fail(id.error().what, file, id.error().remedy);
      waiver.control = std::move(*id);
      if (!parse_time(waiver.expires) || waiver.expires.size() != 10) {
        return fail(fmt::format("expires '{}' of the waiver for {} is no day",
                                printable(waiver.expires), waiver.control),
                    file, "write it like 2026-12-31");
      }
    }
    return waivers;
  });
}

Result<std::vector<Waiver>> load_waivers(const std::string& path,
                                         const std::vector<Control>& catalogue) {
  const auto text = slurp(path);
  if (!text) return tl::unexpected(text.error());
  return parse_waivers(*text, path, catalogue);
}

Result<std::string> find_control(std::string_view id, const std::vector<Control>& catalogue) {
  std::string known;
  for (const Control& control : catalogue) {
    if (iequals(control.id, id)) return control.id;
    for (const Equivalent& other : control.equivalents) {
      if (iequals(other.id, id)) return control.id;
    }
    known += (known.empty() ? "" : ", ") + control.id;
  }
  return fail(fmt::format("no control '{}'", printable(id)), "", "known are " + known);
}

}  // namespace postern::audit
