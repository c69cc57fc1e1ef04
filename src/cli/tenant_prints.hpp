// --out-dir: fingerprints of what each tenant's document is made from, so that an unchanged one is
// not made again.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "cli/command.hpp"
#include "cli/evidence_source.hpp"
#include "cli/many_tenants.hpp"
#include "tenant/tenant_list.hpp"

namespace postern::cli {

class TenantPrints {
 public:
  /// Takes the print of what is the same for every tenant: program, options, how a document is
  /// written, evidence for all.
  /// Errors: a file that can't be read.
  static Result<TenantPrints> begin(const TenantsRun&, const EvidenceSource& base,
                                    const std::vector<std::string>& shared_files,
                                    const Environment&);

  /// The print of a tenant's settings and evidence; all of it is read, so it is taken once, before
  /// the evidence is. What is live is of today: asked again tomorrow, and not while a run goes on.
  /// Errors: a file or folder that can't be read.
  [[nodiscard]] Result<std::string> of_inputs(const tenant::ListedTenant&) const;

  /// `inputs` with what a person says: the tenant's senders.toml and the file of its questions
  /// (empty: none), as they are now. Errors: one that can't be read.
  [[nodiscard]] static Result<std::string> with_answers(const std::string& inputs,
                                                        const tenant::ListedTenant&,
                                                        const std::string& questions);

 private:
  TenantPrints(std::string shared, UnixTime now) : shared_(std::move(shared)), now_(now) {}

  std::string shared_;
  UnixTime now_;
};

}  // namespace postern::cli
