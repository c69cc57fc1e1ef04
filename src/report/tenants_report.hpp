// What postern impact and postern plan say of many tenants: one table on top, a document for each
// below or in a file of its own; as text, JSON ("postern/tenants/1", docs/schema/tenants-1.json),
// CSV (the table alone) and one HTML page that leads to theirs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "impact/common.hpp"
#include "impact/conclude.hpp"
#include "impact/dispatch.hpp"
#include "policy/tenant.hpp"
#include "report/next_step.hpp"
#include "report/style.hpp"

namespace postern::report {

/// One line of the table.
struct TenantRow {
  std::string name;
  std::string source;
  std::vector<std::string> evidence;  ///< of its own, as it was named
  std::string answer;                 ///< impact::name_of(Answer), or "not read"
  std::string sentence;               ///< the answer's, or why it could not be read
  std::string direct_send;  ///< RejectDirectSend: "on", "off", "never set", "unknown"; may be empty
  impact::Pile lost;        ///< certain, legitimate, refused
  std::uint64_t questions = 0;  ///< senders that a person must be asked about
  std::uint64_t stopped = 0;    ///< messages, certainly forged, refused
  NextStep next;
  std::string file;        ///< where its document is; empty: below, or nowhere
  bool unchanged = false;  ///< of an earlier run with the same inputs
};

/// A tenant with an answer, and one that could not be read.
TenantRow answered(std::string name, std::string source, const policy::Tenant&,
                   const impact::Conclusion&, NextStep next);
TenantRow unanswered(std::string name, std::string source, const Error&);

struct TenantsDocument {
  std::string_view command;  ///< "impact", "plan"
  const std::vector<TenantRow>& rows;
  const std::vector<impact::CommonSender>& common;
  /// Of the evidence that was given for all of them.
  const std::optional<impact::SharedRows>& shared;
  /// Hands on a tenant's document, by its number; null where each is in a file, or nowhere.
  std::function<void(std::size_t, const TakePiece&)> part;
};

std::string tenants_text(const TenantsDocument&, const Style&);
std::string tenants_json(const TenantsDocument&, const Style&);
/// One row a tenant; their senders, or steps, are in the documents of each.
std::string tenants_csv(const TenantsDocument&, const Style&);
/// The table, each tenant with a link to its own page.
std::string tenants_html(const TenantsDocument&, const Style&);

/// In pieces: the documents below are larger than all else.
void tenants_text_pieces(const TenantsDocument&, const Style&, const TakePiece&);
void tenants_json_pieces(const TenantsDocument&, const TakePiece&);

}  // namespace postern::report
