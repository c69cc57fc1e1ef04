#include "audit/catalogue.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>

#include <fmt/format.h>

#include "audit/audit.hpp"
#include "base/ascii.hpp"
#include "base/embedded.hpp"
#include "base/time.hpp"
#include "base/toml_fields.hpp"

namespace postern::audit {

std::span<const EmbeddedFile> embedded_files() noexcept;  // cmake/embed.cmake

namespace {

using toml_fields::Fields;
using toml_fields::place;
using toml_fields::read_list;

constexpr const char* manual = "see docs/controls.md";

namespace fs = std::filesystem;

Result<void> read_check(const toml::table& root, const std::string& file, Check& check) {
  const toml::node* node = root.get("check");
  const toml::table* table = node == nullptr ? nullptr : node->as_table();
  if (table == nullptr) return fail("no [check]", place(root, file), "say what is looked at");
  Fields fields(*table, file, manual);
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
                manual);
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
  return toml_fields::with_toml<Control>(
      text, file, manual, [&](const toml::table& root) -> Result<Control> {
        Control control;
        control.where = file;
        Fields fields(root, file, manual);
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
        auto done = read_list(root, "lifecycle", file, manual, control.lifecycle, [](Fields& f) {
          return Lifecycle{f.take("benchmark", true), f.take("date"), f.take("state", true)};
        });
        if (done) {
          done = read_list(root, "equivalent", file, manual, control.equivalents, [](Fields& f) {
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
  return toml_fields::with_toml<Waivers>(
      text, file, manual, [&](const toml::table& root) -> Result<Waivers> {
        Waivers waivers;
        Fields top(root, file, manual);
        top.allow("waiver");
        if (auto done = top.finish(); !done) return tl::unexpected(done.error());
        const auto done = read_list(root, "waiver", file, manual, waivers, [&](Fields& f) {
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
