#include "cli/kept_tenants.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "cli/command.hpp"
#include "files/whole_file.hpp"

namespace postern::cli {
namespace {

using nlohmann::json;

constexpr const char* state_form = "postern/tenant-done/1";

// A tenant's name as a file's: nothing that a shell, a browser or a file system reads otherwise.
std::string file_name_of(const std::string& name) {
  std::string out;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.';
    out += plain ? c : '-';
  }
  if (out.size() > 100) out.resize(100);
  return out.empty() || out.front() == '.' || out.front() == '-' ? "tenant" + out : out;
}

json seen_json(const std::vector<impact::SeenSender>& seen) {
  json out = json::array();
  for (const impact::SeenSender& each : seen)
    out.push_back({each.name, each.is_service, each.is_yours, each.is_lost});
  return out;
}

json state_json(const std::string& print, const DoneTenant& done) {
  const report::TenantRow& row = done.row;
  return {{"schema", state_form},
          {"inputs", print},
          {"answer", row.answer},
          {"sentence", row.sentence},
          {"reject_direct_send", row.direct_send},
          {"lost", {row.lost.senders, row.lost.messages}},
          {"questions", row.questions},
          {"stopped", row.stopped},
          {"next", {row.next.does, row.next.command}},
          {"seen", seen_json(done.seen)},
          {"domains", done.domains}};
}

std::optional<DoneTenant> done_of(const json& state, const std::string& print) {
  if (!state.is_object() || state.value("schema", "") != state_form) return std::nullopt;
  try {
    if (state.at("inputs").get<std::string>() != print) return std::nullopt;
    DoneTenant out;
    report::TenantRow& row = out.row;
    row.answer = state.at("answer");
    row.sentence = state.at("sentence");
    row.direct_send = state.at("reject_direct_send");
    row.lost = {state.at("lost").at(0), state.at("lost").at(1)};
    row.questions = state.at("questions");
    row.stopped = state.at("stopped");
    row.next = {state.at("next").at(0), state.at("next").at(1)};
    row.unchanged = true;
    for (const json& seen : state.at("seen"))
      out.seen.push_back({seen.at(0), seen.at(1), seen.at(2), seen.at(3)});
    out.domains = state.at("domains").get<std::vector<std::string>>();
    return out;
  } catch (const json::exception&) {
    return std::nullopt;  // edited or cut: it is made anew
  }
}

Error no_spool(const char* what) {
  return {fmt::format("{} ({})", what, std::strerror(errno)), "the temporary folder",
          "make room there, or give --out-dir"};
}

}  // namespace

std::vector<std::string> file_names_of(const std::vector<tenant::ListedTenant>& tenants) {
  std::vector<std::string> out;
  std::set<std::string> taken;
  for (const tenant::ListedTenant& tenant : tenants) {
    const std::string wanted = file_name_of(tenant.name);
    std::string name = wanted;
    // Case does not tell files apart everywhere.
    for (std::size_t i = 2; !taken.insert(to_lower(name)).second; ++i)
      name = fmt::format("{}-{}", wanted, i);
    out.push_back(std::move(name));
  }
  return out;
}

Result<TenantFolder> TenantFolder::open(const std::string& folder, std::string_view kind,
                                        const std::vector<tenant::ListedTenant>& tenants) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) {
    return fail(fmt::format("can't be made ({})", failed.message()), folder, "name another folder");
  }
  TenantFolder out;
  out.folder_ = folder;
  out.kind_ = kind == "text" ? "txt" : std::string(kind);
  out.names_ = file_names_of(tenants);
  return out;
}

std::string TenantFolder::document_of(std::size_t tenant) const {
  return names_[tenant] + "." + kind_;
}

std::string TenantFolder::evidence_of(std::size_t tenant, std::string_view day) const {
  return path_of(fmt::format("{}.evidence/{}", names_[tenant], day));
}

std::string TenantFolder::state_of(std::size_t tenant) const {
  return path_of("." + document_of(tenant) + ".done");
}

std::optional<DoneTenant> TenantFolder::earlier(std::size_t tenant,
                                                const std::string& print) const {
  std::error_code unknown;
  if (!std::filesystem::exists(path_of(document_of(tenant)), unknown)) return std::nullopt;
  const auto text = read_text(state_of(tenant));
  if (!text) return std::nullopt;
  return done_of(json::parse(*text, nullptr, false), print);
}

Result<void> TenantFolder::keep(std::size_t tenant, const std::string& print,
                                const DoneTenant& done, std::string_view document) const {
  // An earlier state must not vouch for a document that is being replaced.
  std::error_code unknown;
  std::filesystem::remove(state_of(tenant), unknown);
  const OutputOptions to_file{kind_, path_of(document_of(tenant))};
  if (auto written = write_document(to_file, document); !written) return written;
  return files::write_whole(
      state_of(tenant),
      state_json(print, done).dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

void TenantFolder::take_away(std::size_t tenant) const {
  std::error_code none;
  std::filesystem::remove(state_of(tenant), none);
  std::filesystem::remove(path_of(document_of(tenant)), none);
}

Result<std::unique_ptr<Spool>> Spool::open(std::size_t documents) {
  std::FILE* file = std::tmpfile();
  if (file == nullptr) return tl::unexpected(no_spool("no file can be made"));
  return std::unique_ptr<Spool>(new Spool(file, documents));
}

Result<void> Spool::put(std::size_t number, std::string_view document) {
  const std::lock_guard lock(mutex_);
  if (std::fwrite(document.data(), 1, document.size(), file_.get()) != document.size()) {
    return tl::unexpected(no_spool("can't be written"));
  }
  extents_[number] = {end_, document.size()};
  end_ += document.size();
  return {};
}

Result<void> Spool::give(std::size_t number, const report::TakePiece& take) {
  const std::lock_guard lock(mutex_);
  if (std::fflush(file_.get()) != 0) return tl::unexpected(no_spool("can't be written"));
  auto [offset, size] = extents_[number];
  std::vector<char> block(256 << 10);
  while (size > 0) {
    const auto most = std::min<std::uint64_t>(size, block.size());
    const ssize_t got =
        ::pread(::fileno(file_.get()), block.data(), most, static_cast<off_t>(offset));
    if (got <= 0) return tl::unexpected(no_spool("can't be read back"));
    take({block.data(), static_cast<std::size_t>(got)});
    offset += static_cast<std::uint64_t>(got);
    size -= static_cast<std::uint64_t>(got);
  }
  return {};
}

}  // namespace postern::cli
