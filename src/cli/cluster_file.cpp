#include "cli/cluster_file.hpp"

#include <string_view>
#include <utility>

#include "cli/command.hpp"
#include "gate/settings_keys.hpp"
#include "settings_file/layout.hpp"

namespace postern::cli {

tl::expected<gate::ClusterSettings, std::vector<Error>> read_cluster_settings(
    const std::string& path) {
  using Faults = std::vector<Error>;
  constexpr std::string_view name = "cluster";
  constexpr std::string_view manual = "postern gate --keys describes the file";
  const auto text = read_text(path);
  if (!text) return tl::unexpected(Faults{text.error()});
  auto file = settings_file::parse(*text, path, manual);
  if (!file) return tl::unexpected(Faults{file.error()});
  if (file->find(name) == nullptr) {
    return tl::unexpected(Faults{{"has no [cluster]", path, "write [cluster] with servers"}});
  }
  // The rest of a gate.toml is the gate's business.
  std::erase_if(file->entries, [&](const auto& entry) { return entry.key != name; });
  const settings_file::Layout<gate::ClusterSettings> layout{
      manual,
      {settings_file::table<gate::ClusterSettings>(
          name, "", gate::cluster_keys(), [](auto& s) -> auto& { return s; })},
      nullptr};
  gate::ClusterSettings settings;
  Faults faults = layout.read(*file, settings);
  if (faults.empty()) gate::check_cluster(settings, faults);
  if (!faults.empty()) return tl::unexpected(std::move(faults));
  gate::settle_cluster_paths(settings, path);
  return settings;
}

}  // namespace postern::cli
