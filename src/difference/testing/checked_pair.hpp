// Holds the difference of two tenants against decide(), one submission after the other. For tests
// and benchmarks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "difference/statements.hpp"
#include "difference/survey.hpp"
#include "policy/policy.hpp"

namespace postern::difference {

class CheckedPair {
 public:
  /// Both must compile, with the switch and the connectors known and the choices alike.
  CheckedPair(const policy::Tenant& before, const policy::Tenant& after);

  using Rule = std::function<policy::Verdict(std::size_t side, const policy::Submission&)>;
  /// What decide() says, or another rule in its place.
  [[nodiscard]] Rule rule() const;

  /// One line where the submission is not what the difference says; empty where it is.
  [[nodiscard]] std::string contradiction(const policy::Submission&, const Rule&) const;
  /// One line where the statements are not what the table says of every kind of mail.
  [[nodiscard]] std::string statements_contradiction() const;
  /// One line where a witness is not decided as its statement says.
  [[nodiscard]] std::string witness_contradiction() const;
  /// One line where the planes are not what the full product of all classes is.
  [[nodiscard]] std::string product_contradiction() const;

  std::vector<Told> told;
  [[nodiscard]] const Space& space() const { return *space_; }
  [[nodiscard]] bool differs_at(const policy::Submission&, const Rule&) const;

 private:
  [[nodiscard]] Code code_at(const CellIndex& classes) const;
  [[nodiscard]] CellIndex cell_of(const policy::Submission&, std::size_t session) const;
  [[nodiscard]] std::string said_of(Code, Acs, Effect before, Effect after) const;

  std::array<policy::Policy, 2> policies_;
  std::unique_ptr<Space> space_;
  std::unique_ptr<Survey> survey_;
  std::array<std::vector<std::uint32_t>, 4> line_of_;  ///< by class
};

/// Submissions at the edges of what two tenants name: ends of blocks and one beyond, domains, what
/// is below and above them, certificates of one name and of several.
class EdgeMail {
 public:
  EdgeMail(const policy::Tenant& before, const policy::Tenant& after, std::uint64_t seed);
  /// Valid until the next call.
  const policy::Submission& next();

 private:
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }
  const std::string& name_from(const std::vector<std::string>& list) {
    return list[below(list.size())];
  }
  void add_name(const std::string& name, std::vector<std::string>& to);
  void add_prefix(const Prefix&);

  std::mt19937_64 random_;
  std::vector<std::string> domains_, certificates_;
  std::vector<IpAddress> addresses_;
  std::vector<std::string_view> alternative_names_;
  policy::Submission submission_;
};

/// A second tenant for a first: a few of its settings changed, or another tenant altogether, with
/// the same choices.
policy::Tenant another_tenant(const policy::Tenant&, std::uint64_t seed);
/// One tenant of a small random world, of which everything is known.
policy::Tenant random_tenant(std::uint64_t seed);

}  // namespace postern::difference
