// Part of the naive rule (naive_rule.hpp): what one connector says to a submission, read literally.
// For tests only.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "policy/submission.hpp"
#include "policy/tenant.hpp"
#include "policy/verdict.hpp"

namespace postern::policy::naive {

/// Yes, no, or not known for want of facts.
struct Truth {
  enum class Value : std::uint8_t { no, yes, unknown };
  Value value = Value::no;
  Fact lacks = Fact::none;

  [[nodiscard]] bool no() const { return value == Value::no; }
  [[nodiscard]] bool yes() const { return value == Value::yes; }
};
Truth truth(bool yes);
Truth lacking(Fact);
Truth all(const std::vector<Truth>&);
Truth any(const std::vector<Truth>&);

/// An enabled connector, its tenant, and its number through all tenants.
struct Listed {
  const Tenant* tenant;
  const InboundConnector* connector;
  std::uint32_t index;

  [[nodiscard]] bool partner() const { return connector->type == ConnectorType::partner; }
};

/// How exactly SenderDomains cover MAIL FROM: exact, then the longest wildcard, then "*".
struct Coverage {
  Truth truth;
  long exactness = 0;
};

/// A source (address, certificate) that matches, and what is to be said of it.
struct Source {
  Truth truth;
  Note notes = Note::none;
};

class Connectors {
 public:
  Connectors(const std::vector<Tenant>&, const Submission&);

  std::vector<Listed> of(const Tenant*) const;  ///< enabled ones; of all tenants for nullptr
  const Tenant* owner(std::string_view domain) const;
  const AcceptedDomain* accepted(const Tenant&, std::string_view domain) const;

  Known tls() const;
  /// Whether the client's certificate, or its absence, is known.
  bool certificate_known() const;
  std::vector<std::string_view> presented() const;  ///< names that count, the subject first
  bool fits(const InboundConnector&, std::string_view presented_name) const;
  Note san_note(std::string_view presented_name) const;

  bool on_default() const;
  bool unchanged(const InboundConnector&) const;
  /// The evidence names this connector, which has not changed since. Names are those of the
  /// recipient's tenant, where there is one.
  bool recorded(const Listed&) const;
  /// The evidence names some connector that there is, unchanged.
  const Listed* recorded_connector() const;
  bool certificate_name_accepted(const Listed&) const;

  Source by_certificate(const Listed&) const;
  Source by_address(const Listed&) const;
  Coverage covers_sender(const Listed&) const;
  /// Whether AssociatedAcceptedDomains let it apply; marked where they had a say.
  Source concerns(const Listed&) const;
  Truth tls_demand_met(const Listed&) const;

 private:
  bool recorded_without(const Listed&) const;

  const std::vector<Tenant>& tenants_;
  const Submission& s_;
  std::vector<Listed> listed_;
  const Tenant* recipient_;
};

}  // namespace postern::policy::naive
