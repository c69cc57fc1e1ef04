// Services that send, filter or re-inject mail for their customers, known by the names that their
// servers and messages carry (data/services). A name is a hint, never a proof: anybody may
// write it into a HELO, a reverse record or a Message-ID.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "policy/submission.hpp"

namespace postern::impact {

enum class ServiceKind : std::uint8_t {
  online_service,
  gateway,
  signature_service,
  azure_communication_services,
};

/// What a vendor advises its customers to do about a refusal by the switch, where that is wrong.
enum class WrongAdvice : std::uint8_t {
  none_known,
  add_to_spf,      ///< the switch does not look at SPF
  transport_rule,  ///< rules run on what was accepted
  both,
};

struct Service {
  std::string name;
  ServiceKind kind = ServiceKind::online_service;
  std::vector<std::string> hosts;         ///< suffixes, lower case
  std::vector<std::string> spf_includes;  ///< suffixes, lower case
  /// Names in its certificate, only as the vendor documents them: another's name would make a
  /// connector for a stranger.
  std::vector<std::string> certificates;
  /// Certificate and addresses serve every customer alike.
  policy::Known shared = policy::Known::unknown;
  /// Customers can set an envelope sender domain of their own.
  policy::Known bounce_domain = policy::Known::unknown;
  std::string page;  ///< the vendor's, about sending as a domain of one's own; may be empty
  WrongAdvice wrong_advice = WrongAdvice::none_known;
};

constexpr std::uint16_t no_service = 0xffff;

/// Cheap to copy: copies share what they hold.
class Services {
 public:
  /// The shipped ones.
  Services();
  /// Adds those of a file of the same form; a known name is replaced. Errors name
  /// file:line:column; nothing is added then.
  Result<void> add(std::string_view toml, const std::string& file);

  /// The service whose host suffix `host` ends with (at a label); no_service if none.
  [[nodiscard]] std::uint16_t of_host(std::string_view host) const noexcept;
  /// The service that an SPF include stands for.
  [[nodiscard]] std::uint16_t of_spf_include(std::string_view name) const noexcept;
  /// The service that documents this certificate, or one that covers the name, or whose hosts have
  /// such names; no_service if none.
  [[nodiscard]] std::uint16_t of_certificate(std::string_view name) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return held_->services.size(); }
  [[nodiscard]] const Service& operator[](std::uint16_t index) const noexcept {
    return held_->services[index];
  }

 private:
  /// Suffixes, each with its service; sorted.
  using Suffixes = std::vector<std::pair<std::string, std::uint16_t>>;
  struct Held {
    std::vector<Service> services;
    Suffixes hosts, includes;

    Result<void> add(std::string_view toml, const std::string& file);
    void index();
  };
  static std::shared_ptr<const Held> shipped();
  static std::uint16_t longest(const Suffixes& suffixes, std::string_view name) noexcept;

  std::shared_ptr<const Held> held_;
};

/// The table of the keys of a file of services in Markdown (docs/senders.md).
std::string describe_service_keys();

/// The registrable part of a host name, roughly: the last two labels, three below such as co.uk.
std::string_view organisation_of(std::string_view host) noexcept;

}  // namespace postern::impact
