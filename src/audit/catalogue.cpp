#include "audit/catalogue.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "audit/audit.hpp"
#include "base/ascii.hpp"
#include "base/embedded.hpp"
#include "base/join.hpp"
#include "base/time.hpp"
#include "files/whole_file.hpp"
#include "settings_file/layout.hpp"

namespace postern::audit {

std::span<const EmbeddedFile> embedded_files() noexcept;  // cmake/embed.cmake

namespace {

using settings_file::Access;
using settings_file::Keys;
using settings_file::required;
using settings_file::Value;
using settings_file::words;

namespace fs = std::filesystem;

// Lines of prose are broken for the editor's sake alone.
std::string read_prose(const Value& value, std::string& into) {
  std::string wrong = settings_file::read_text(value, into);
  into = std::string(trim(into));
  std::replace(into.begin(), into.end(), '\n', ' ');
  return wrong.empty() && into.empty() ? "must not be empty" : wrong;
}
Access<Control> prose(std::string Control::*at) {
  return settings_file::member(at, read_prose, settings_file::write_text);
}

constexpr std::array<std::pair<std::string_view, Status>, 3> null_names{
    {{"pass", Status::pass}, {"fail", Status::fail}, {"not determined", Status::not_determined}}};

std::string read_evaluator(const Value& value, std::string& into) {
  std::string wrong = settings_file::read_words(value, into);
  return wrong.empty() && !is_evaluator(into) ? fmt::format("no evaluator '{}'", printable(into))
                                              : wrong;
}

std::string read_day(const Value& value, std::string& into) {
  std::string wrong = settings_file::read_words(value, into);
  const bool is_day = parse_time(into) && into.size() == 10;
  return wrong.empty() && !is_day
             ? fmt::format("'{}' is no day: write it like 2026-12-31", printable(into))
             : wrong;
}

const Keys<Control>& control_keys() {
  using C = Control;
  static const Keys<C> keys = {
      {"id", "text", required, "What `--control` takes; replaces the shipped control of that id.",
       words(&C::id)},
      {"title", "text", required, "One line.", words(&C::title)},
      {"profile", "text", "", "Where it comes from: benchmark, level, licence.",
       words(&C::profile)},
      {"rationale", "text", "", "Why it matters.", prose(&C::rationale)},
      {"impact", "text", "", "What the change may break.", prose(&C::impact)},
      {"remedy", "text", required, "What to do.", prose(&C::remedy)},
      {"command", "text", "", "The cmdlet that does it.", words(&C::command)},
  };
  return keys;
}

const Keys<Check>& check_keys() {
  static const Keys<Check> keys = {
      {"property", "name", "",
       "A scalar of Get-OrganizationConfig (`OrganizationConfig.…`) or Get-TransportConfig "
       "(`TransportConfig.…`).",
       words(&Check::property)},
      {"expect", "text", "", "The value that the property must have.", words(&Check::expect)},
      {"null_is", "pass, fail or not determined", "", "What null counts as.",
       settings_file::choice(&Check::null_is, null_names)},
      {"evaluator", "name", "", "Instead of a property, one of those below.",
       settings_file::member(&Check::evaluator, read_evaluator, settings_file::write_text)},
  };
  return keys;
}

const Keys<Lifecycle>& lifecycle_keys() {
  static const Keys<Lifecycle> keys = {
      {"benchmark", "text", required, "An edition that holds the control.",
       words(&Lifecycle::benchmark)},
      {"date", "text", "", "Of that edition.", words(&Lifecycle::date)},
      {"state", "text", required,
       "Such as \"introduced\", \"carried on\", \"current\", \"proposed\".",
       words(&Lifecycle::state)},
  };
  return keys;
}

const Keys<Equivalent>& equivalent_keys() {
  static const Keys<Equivalent> keys = {
      {"framework", "text", required, "Who gives it another id.", words(&Equivalent::framework)},
      {"id", "text", required, "That id; `--control` takes it too.", words(&Equivalent::id)},
      {"note", "text", "", "Shown beside it.", words(&Equivalent::note)},
  };
  return keys;
}

const settings_file::Layout<Control>& control_layout() {
  using C = Control;
  static const settings_file::Layout<C> layout{
      "see docs/controls.md",
      {settings_file::head<C>(
           "Before the first table.", control_keys(), [](auto& c) -> auto& { return c; }),
       settings_file::table<C>(
           "check", "What is looked at.", check_keys(), [](auto& c) -> auto& { return c.check; }),
       settings_file::tables<C>(
           "lifecycle", "Editions of a benchmark that hold it.", lifecycle_keys(),
           [](auto& c) -> auto& { return c.lifecycle; }),
       settings_file::tables<C>(
           "equivalent", "Ids that others give it.", equivalent_keys(),
           [](auto& c) -> auto& { return c.equivalents; })},
      nullptr};
  return layout;
}

const Keys<Waiver>& waiver_keys() {
  using W = Waiver;
  static const Keys<W> keys = {
      {"control", "id", required, "A control of the catalogue.", words(&W::control)},
      {"object", "text", "the whole control", "The finding's object alone.", words(&W::object)},
      {"owner", "text", required, "Who answers for it.", words(&W::owner)},
      {"reason", "text", required, "Why.", words(&W::reason)},
      {"expires", "day", required, "The last day on which it counts.",
       settings_file::member(&W::expires, read_day, settings_file::write_text)},
  };
  return keys;
}

using Waivers = std::vector<Waiver>;

const settings_file::Layout<Waivers>& waiver_layout() {
  static const settings_file::Layout<Waivers> layout{
      "see docs/controls.md",
      {settings_file::tables<Waivers>(
          "waiver", "One for each exception.", waiver_keys(), [](auto& w) -> auto& { return w; })},
      nullptr};
  return layout;
}

Result<void> check_of(const settings_file::Table& root, const Check& check) {
  if (root.find("check") == nullptr) {
    return fail("no [check]", root.where, "say what is looked at; see docs/controls.md");
  }
  const Place& where = root.place_of("check");
  if (check.evaluator.empty() == check.property.empty()) {
    return fail("[check] needs either an evaluator or a property", where, "see docs/controls.md");
  }
  if (!check.property.empty() && check.expect.empty()) {
    return fail("[check] has a property and no expect", where, "add the value that it must have");
  }
  return {};
}

constexpr std::size_t largest_file = 1 << 20;

}  // namespace

std::string_view name_of(Status status) noexcept {
  switch (status) {
    case Status::pass:
      return "pass";
    case Status::fail:
      return "fail";
    case Status::not_applicable:
      return "not applicable";
    case Status::waived:
      return "fail, waived";
    case Status::not_determined:
      break;
  }
  return "not determined";
}

Result<Control> parse_control(std::string_view text, const std::string& file) {
  const auto root = settings_file::parse(text, file, control_layout().manual);
  if (!root) return tl::unexpected(root.error());
  Control control;
  const auto faults = control_layout().read(*root, control);
  if (!faults.empty()) return tl::unexpected(faults.front());
  if (auto done = check_of(*root, control.check); !done) return tl::unexpected(done.error());
  control.where = file;
  return control;
}

std::string describe_control_keys() {
  return control_layout().describe();
}

std::string describe_waiver_keys() {
  return waiver_layout().describe("waiver");
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
    std::vector<std::string> paths;
    for (fs::directory_iterator it(folder, failed), end; !failed && it != end;
         it.increment(failed)) {
      if (it->path().extension() == ".toml") paths.push_back(it->path().string());
    }
    if (failed) {
      return fail(fmt::format("can't be read ({})", failed.message()), folder,
                  "name a folder of control files");
    }
    if (paths.empty()) return fail("holds no *.toml", folder, "name a folder of control files");
    std::sort(paths.begin(), paths.end());
    for (const std::string& file : paths) {
      const auto text = files::read_whole(file, largest_file);
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
  auto waivers = waiver_layout().parse(text, file);
  if (!waivers) return waivers;
  for (Waiver& waiver : *waivers) {
    auto id = find_control(waiver.control, catalogue);
    if (!id) return fail(id.error().what, waiver.where, id.error().remedy);
    waiver.control = std::move(*id);
  }
  return waivers;
}

Result<std::vector<Waiver>> load_waivers(const std::string& path,
                                         const std::vector<Control>& catalogue) {
  const auto text = files::read_whole(path, largest_file);
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
    append_item(known, control.id);
  }
  return fail(fmt::format("no control '{}'", printable(id)), "", "known are " + known);
}

}  // namespace postern::audit
