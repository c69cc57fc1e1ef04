#include "plan/seal.hpp"

#include <array>
#include <openssl/evp.h>
#include <utility>

#include <fmt/format.h>

#include "base/hex.hpp"

namespace postern::plan {
namespace {

constexpr const char* member_of_seal = "seal";

}  // namespace

std::string sha256_mark(std::string_view octets) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(octets.data(), octets.size(), digest.data(), &length, EVP_sha256(), nullptr) !=
      1) {
    return "sha256:unavailable";
  }
  return "sha256:" + to_hex({digest.data(), length});
}

std::string seal_of(const Json& document) {
  using Sorted = nlohmann::json;
  Json rest = document;
  rest.erase(member_of_seal);
  // By way of the text, as a file has it: what is no UTF-8 is replaced there.
  const Sorted sorted = Sorted::parse(rest.dump(-1, ' ', false, Json::error_handler_t::replace));
  return sha256_mark(sorted.dump());
}

std::string sealed_text(Json document) {
  document.erase(member_of_seal);
  document[member_of_seal] = seal_of(document);
  return document_text(document);
}

Result<std::string> check_seal(const Json& document, const std::string& file,
                               std::string_view written_by, std::string_view remedy) {
  const auto seal = document.find(member_of_seal);
  const std::string is = seal_of(document);
  if (seal == document.end() || *seal != is) {
    return fail(fmt::format("was edited or cut since {} wrote it: its seal is not that of what it "
                            "holds",
                            written_by),
                file, std::string(remedy));
  }
  return is;
}

}  // namespace postern::plan
