// DMARC (RFC 9989): finds the policy of a From domain by DNS tree walk, and judges whether SPF or
// DKIM speak for that domain.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/dmarc_record.hpp"
#include "auth/resolver.hpp"
#include "auth/task.hpp"

namespace postern::auth {

/// The words of RFC 9989 for Authentication-Results ("IANA Considerations").
enum class DmarcResult : std::uint8_t { none, pass, fail, temp_error, perm_error };
std::string_view word_of(DmarcResult) noexcept;

/// The names that a tree walk asks for, in order, without "_dmarc." (RFC 9989, 4.10): at most
/// eight.
std::vector<std::string> tree_walk_names(std::string_view domain);

/// One question of a walk and what came of it.
struct WalkStep {
  std::string name;  ///< without "_dmarc."
  DnsStatus status = DnsStatus::no_data;
  std::size_t records = 0;  ///< that are DMARC records; more than one: all discarded
  std::optional<DmarcRecord> record;
  std::string text;       ///< of the record
  std::string no_record;  ///< a text that is none, though its writer meant it to be
};

/// A walk from one domain up. `failed`: DNS gave no answer at some name.
struct Walk {
  std::vector<WalkStep> steps;
  bool failed = false;
  std::string organizational_domain;  ///< empty where failed
};
Task<Walk> walk_tree(Resolver& resolver, std::string domain);

/// The organisational domain that the steps of a whole walk say (RFC 9989, 4.10.2).
std::string select_organizational_domain(const std::vector<WalkStep>& steps,
                                         std::string_view domain);

/// An identifier that SPF or DKIM vouches for, or may once DNS answers.
struct AuthenticatedIdentifier {
  enum class Method : std::uint8_t { spf, dkim };
  Method method = Method::dkim;
  std::string domain;    ///< normal form
  std::string selector;  ///< dkim
};

/// What the checks before DMARC found.
struct DmarcInput {
  /// Domains of the From field, normal form: none, one, or several (RFC 9989, 5.3.1).
  std::vector<std::string> from_domains;
  /// Some From field can't be read whole: who the author is depends on the reader.
  bool from_unreadable = false;
  /// Fields named From: of several, readers show one or another.
  std::size_t from_fields = 1;
  std::vector<AuthenticatedIdentifier> passed;
  bool spf_temp_error = false;   ///< SPF could not be determined
  bool dkim_temp_error = false;  ///< at least one signature could not be determined
  std::vector<AuthenticatedIdentifier> undetermined;  ///< of which SPF or DKIM may still pass
  /// SPF was not checked, for want of the client's address: a failure of DMARC can't be told.
  bool spf_not_checked = false;
  /// The domain that SPF would have been checked for; empty where that is not known either.
  std::string spf_unchecked_domain;
};

/// Whether an identifier is of the author's organisation; unknown where DNS does not tell.
enum class Aligned : std::uint8_t { no, yes, unknown };

struct Alignment {
  AuthenticatedIdentifier identifier;
  Aligned aligned = Aligned::no;
  std::string organizational_domain;  ///< empty where it was not needed
};

struct DmarcOutcome {
  DmarcResult result = DmarcResult::none;
  std::string detail;         ///< one clause
  std::string author_domain;  ///< empty where there is not exactly one
  std::string policy_domain;  ///< where the record was found
  std::string organizational_domain;
  std::string record;  ///< text
  /// Where no policy was found: a text on the way that was meant as a record and is none, and the
  /// domain whose it is. RFC 9989 has it passed over; whoever wrote it should know.
  std::string no_record;
  std::string no_record_domain;
  /// p, sp or np as it applies to the author domain; none where no record is.
  DmarcPolicy published = DmarcPolicy::none;
  std::string_view published_tag;  ///< "p", "sp", "np"
  /// What is asked to be done with this message: none where it passes; one step lower with t=y.
  DmarcPolicy applied = DmarcPolicy::none;
  bool testing = false;               ///< t=y
  std::vector<Alignment> alignments;  ///< of what passes
  std::vector<Alignment> awaited;     ///< of what is undetermined
  std::vector<std::string> trail;     ///< what was asked and found, in order
};

/// What is to be said where there is not exactly one author, for which DNS is not asked; nullopt
/// where there is one (RFC 7489, 6.6.1; RFC 9989, 5.3.1).
std::optional<DmarcOutcome> without_one_author(const DmarcInput& input);

/// For a caller that waits for DNS no longer: a temporary error, with the alignments that names
/// alone tell.
DmarcOutcome dmarc_without_dns(DmarcInput input);

Task<DmarcOutcome> evaluate_dmarc(Resolver& resolver, DmarcInput input);

}  // namespace postern::auth
