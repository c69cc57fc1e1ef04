// Services that send, filter or re-inject mail for their customers, known by the names that their
// servers and messages carry (data/services.toml). A name is a hint, never a proof: anybody may
// write it into a HELO, a reverse record or a Message-ID.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace postern::impact {

enum class ServiceKind : std::uint8_t {
  online_service,
  gateway,
  signature_service,
  azure_communication_services,
};

struct Service {
  std::string name;
  ServiceKind kind = ServiceKind::online_service;
  std::vector<std::string> hosts;         ///< suffixes, lower case
  std::vector<std::string> spf_includes;  ///< suffixes, lower case
  std::vector<std::string> certificates;
  bool shared = false;         ///< certificate and addresses serve every customer alike
  bool bounce_domain = false;  ///< customers can set an envelope sender domain of their own
};

constexpr std::uint16_t no_service = 0xffff;

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
  [[nodiscard]] const Service& operator[](std::uint16_t index) const noexcept {
    return services_[index];
  }

 private:
  std::vector<Service> services_;
};

/// The table of the keys of a file of services in Markdown (docs/senders.md).
std::string describe_service_keys();

/// The registrable part of a host name, roughly: the last two labels, three below such as co.uk.
std::string_view organisation_of(std::string_view host) noexcept;

}  // namespace postern::impact
