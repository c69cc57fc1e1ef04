// What the gate keeps on its own disk: what was set at its page, and the last policy of a cluster.
#include <cstddef>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

#include "cluster/snapshot.hpp"
#include "cluster/tenant_value.hpp"
#include "fuzz.hpp"
#include "gate/page_state.hpp"

namespace postern::fuzz {
namespace {

// A file in memory, under a name that it can be opened by.
class File {
 public:
  explicit File(std::string_view text) : descriptor_(::memfd_create("kept", 0)) {
    while (!text.empty()) {
      const auto written = ::write(descriptor_, text.data(), text.size());
      require(written > 0, "memory takes what is written");
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  ~File() { ::close(descriptor_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] std::string name() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

}  // namespace

void run(std::string_view input) {
  if (const auto state = gate::read_page_state(File(input).name())) {
    for (const gate::SenderPin& pin : state->pins)
      require(!pin.addresses.empty(), "a pin holds an address");
  }
  (void)cluster::read_snapshot(File(input).name());
  // Sealed, so that what is behind the seal is read too.
  std::string sealed(input);
  sealed += "sha256 " + cluster::sha256_hex(sealed) + "\n";
  if (const auto snapshot = cluster::read_snapshot(File(sealed).name())) {
    for (const cluster::TenantChange& tenant : snapshot->tenants)
      require(cluster::is_tenant_id(tenant.id), "a tenant has an ID");
  }
}

}  // namespace postern::fuzz
