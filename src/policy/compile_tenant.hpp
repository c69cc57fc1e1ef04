// One tenant checked and compiled by itself: what policies are put together from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.hpp"
#include "policy/tables.hpp"
#include "policy/tenant.hpp"

namespace postern::policy {

/// What is wrong with its connectors, whoever else there is.
void check_connectors(const Tenant&, std::vector<Error>& faults);
/// Error: it is no domain.
void check_domain(const AcceptedDomain&, std::vector<Error>& faults);

/// A tenant without those faults, at its place: its index, and that of its first connector.
std::shared_ptr<const CompiledTenant> compile_tenant(const Tenant&, std::uint32_t index,
                                                     std::uint32_t first_connector);
Owner owner_by(const AcceptedDomain&, std::uint32_t tenant);

/// Fills in what of `tables` is made of all its tenants together. Its holders, order and domains
/// are there. `connectors`: indexes of connectors are below it.
void gather(Tables& tables, std::size_t connectors);

}  // namespace postern::policy
