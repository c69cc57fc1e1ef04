#include "cli/script_folder.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "files/whole_file.hpp"
#include "plan/script_file.hpp"

namespace postern::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_script = std::size_t{16} << 20;

// Names that scripts of stages could have, of what is there.
Result<std::vector<std::string>> names_in(const std::string& folder) {
  std::vector<std::string> out;
  std::error_code failed;
  if (!fs::exists(folder, failed)) return out;
  for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
    std::string name = it->path().filename().string();
    if (plan::is_name_of_a_script(name)) out.push_back(std::move(name));
  }
  if (failed) {
    return fail(fmt::format("can't be looked into ({})", failed.message()), folder,
                "name another folder");
  }
  std::sort(out.begin(), out.end());
  return out;
}

const plan::Script* script_named(const std::vector<plan::Script>& scripts, std::string_view name) {
  const auto found = std::find_if(scripts.begin(), scripts.end(),
                                  [&](const plan::Script& each) { return each.name == name; });
  return found == scripts.end() ? nullptr : &*found;
}

}  // namespace

Result<void> check_script_folder(const std::string& folder,
                                 const std::vector<plan::Script>& scripts) {
  const auto names = names_in(folder);
  if (!names) return tl::unexpected(names.error());
  for (const std::string& name : *names) {
    const std::string path = folder + "/" + name;
    const auto there = files::read_whole(path, longest_script);
    if (!there) return tl::unexpected(there.error());
    if (!plan::is_a_script_of_a_stage(*there)) {
      return fail("has the name of a stage's script, and was not written by postern plan", path,
                  "name another folder, or move it away");
    }
    if (!plan::takes_back(name)) continue;
    const plan::Script* script = script_named(scripts, name);
    if (script == nullptr || !plan::does_the_same(*there, script->text)) {
      return fail("is the way back of another plan, which may still be wanted", path,
                  "name another folder, or move it away if that plan was never applied");
    }
  }
  return {};
}

Result<void> write_script_folder(const std::string& folder,
                                 const std::vector<plan::Script>& scripts) {
  if (auto fits = check_script_folder(folder, scripts); !fits) return fits;
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) {
    return fail(fmt::format("can't be made ({})", failed.message()), folder, "name another folder");
  }
  const auto names = names_in(folder);
  if (!names) return tl::unexpected(names.error());
  // All before the first is written: a folder in which the disk ran full holds no other plan's.
  for (const std::string& name : *names) {
    if (plan::takes_back(name)) continue;
    fs::remove(folder + "/" + name, failed);
    if (failed) {
      return fail(
          fmt::format("is of an earlier plan and can't be taken away ({})", failed.message()),
          folder + "/" + name, "name another folder");
    }
  }
  for (const plan::Script& script : scripts) {
    auto written = files::write_whole(folder + "/" + script.name, script.text);
    if (!written) return written;
  }
  return {};
}

}  // namespace postern::cli
