// Where the documents of many tenants go: a folder in which each stays between runs (--out-dir), or
// a file without a name until they are put together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "impact/common.hpp"
#include "report/style.hpp"
#include "report/tenants_report.hpp"
#include "tenant/tenant_list.hpp"

namespace postern::cli {

/// What is known of a tenant when it is done.
struct DoneTenant {
  report::TenantRow row;
  std::vector<impact::SeenSender> seen;
  std::vector<std::string> domains;  ///< accepted ones
};

/// A file's name for each tenant, without its kind, of letters, digits, '-', '_' and '.'.
std::vector<std::string> file_names_of(const std::vector<tenant::ListedTenant>&);

class TenantFolder {
 public:
  /// Makes the folder. `kind` ends the documents' names: "json". Errors: it can't be made.
  static Result<TenantFolder> open(const std::string& folder, std::string_view kind,
                                   const std::vector<tenant::ListedTenant>&);

  /// Names within the folder, by a tenant's number in the list.
  [[nodiscard]] std::string document_of(std::size_t tenant) const;
  /// Where what a live tenant sent is kept.
  [[nodiscard]] std::string evidence_of(std::size_t tenant, std::string_view day) const;
  [[nodiscard]] std::string path_of(const std::string& name) const { return folder_ + "/" + name; }

  /// What an earlier run kept of the tenant, where it was made from the same inputs and is whole.
  [[nodiscard]] std::optional<DoneTenant> earlier(std::size_t tenant,
                                                  const std::string& print) const;
  /// Writes the document whole, then what tells that it is done. Errors: no room, not writable.
  Result<void> keep(std::size_t tenant, const std::string& print, const DoneTenant&,
                    std::string_view document) const;
  /// Takes an earlier run's document away, and what tells that it is done.
  void take_away(std::size_t tenant) const;

 private:
  [[nodiscard]] std::string state_of(std::size_t tenant) const;

  std::string folder_;
  std::string kind_;
  std::vector<std::string> names_;
};

/// Documents on disk that leave nothing behind, however the run ends.
class Spool {
 public:
  static Result<std::unique_ptr<Spool>> open(std::size_t documents);
  /// Thread-safe. Error: no room.
  Result<void> put(std::size_t number, std::string_view document);
  /// Error: can't be read back.
  Result<void> give(std::size_t number, const report::TakePiece&);

 private:
  struct Extent {
    std::uint64_t offset = 0, size = 0;
  };
  explicit Spool(std::FILE* file, std::size_t documents)
      : file_(file, &std::fclose), extents_(documents) {}

  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::mutex mutex_;
  std::uint64_t end_ = 0;
  std::vector<Extent> extents_;
};

}  // namespace postern::cli
