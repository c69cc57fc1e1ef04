// Exit codes: what each answer comes to.
#pragma once

#include <optional>

#include "audit/audit.hpp"
#include "audit/drift.hpp"
#include "auth/message_check.hpp"
#include "difference/difference.hpp"
#include "impact/conclude.hpp"
#include "policy/verdict.hpp"
#include "probe/conclude.hpp"

namespace postern::cli {

int outcome_of(audit::Status) noexcept;
/// The first control (6.5.5, or the one that was asked for) decides; with `strict` the worst of
/// all.
int outcome_of(const audit::AuditReport&, bool strict) noexcept;
/// Of an audit that comes to `code` by itself: 1 where something has changed since the baseline,
/// and 3 in place of 0 where something could not be compared.
int outcome_since(int code, const std::optional<audit::Comparison>& since) noexcept;
/// Of turning the switch (impact), and of a plan's proof.
int outcome_of(const impact::Conclusion&) noexcept;
/// The first question's answer.
int outcome_of(const probe::Conclusion&) noexcept;
int outcome_of(const policy::Verdict&) noexcept;
int outcome_of(difference::Finding) noexcept;
int outcome_of(const auth::MessageAuthentication&) noexcept;

/// Of two tenants' codes the one that counts: 1 before 2 before 3. What is proved to fail is never
/// hidden by what could not be looked at.
int worse_of(int a, int b) noexcept;

}  // namespace postern::cli
