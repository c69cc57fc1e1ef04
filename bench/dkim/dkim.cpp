// dkim_cost [SECONDS]: what DKIM costs beside the hash and the signature that it cannot do without.
//
// Each line is a kind of message. "bare" hashes the canonical body and the canonical header with
// SHA-256 and verifies (or makes) the signature, by OpenSSL alone, with everything set up before.
// "ours" starts from the message's bytes: reads the header, finds the signature, canonicalises,
// hashes, finds the key in a zone in memory, verifies (or signs and writes the field). Both see the
// same octets in the same run by turns; CPU time of this process, median of the rounds.
#include "auth/dkim.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "auth/dkim_signer.hpp"
#include "auth/memory_zone.hpp"

namespace {

using namespace postern;
using auth::Canonicalisation;

constexpr int rounds = 15;

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

[[noreturn]] void give_up(std::string_view what) {
  fmt::print(stderr, "dkim_cost: {}\n", what);
  std::exit(1);
}

/// OpenSSL alone, over octets that are canonical already.
class Bare {
 public:
  explicit Bare(bool rsa)
      : key_(rsa ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048})
                 : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")),
        rsa_(rsa) {
    if (rsa) {
      for (EVP_PKEY_CTX** context : {&verifying_, &signing_})
        *context = EVP_PKEY_CTX_new_from_pkey(nullptr, key_, nullptr);
      EVP_PKEY_verify_init(verifying_);
      EVP_PKEY_sign_init(signing_);
      for (EVP_PKEY_CTX* context : {verifying_, signing_}) {
        EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING);
        EVP_PKEY_CTX_set_signature_md(context, sha256_);
      }
    }
  }
  ~Bare() {
    EVP_PKEY_CTX_free(verifying_);
    EVP_PKEY_CTX_free(signing_);
    EVP_PKEY_free(key_);
    EVP_MD_CTX_free(hashing_);
    EVP_MD_CTX_free(one_shot_);
    EVP_MD_free(sha256_);
  }
  Bare(const Bare&) = delete;
  Bare& operator=(const Bare&) = delete;

  auth::Digest hash(std::string_view octets) {
    auth::Digest digest;
    EVP_DigestInit_ex2(hashing_, sha256_, nullptr);
    EVP_DigestUpdate(hashing_, octets.data(), octets.size());
    EVP_DigestFinal_ex(hashing_, digest.data(), nullptr);
    return digest;
  }
  std::string sign(const auth::Digest& digest) {
    std::string signature(512, '\0');
    std::size_t size = signature.size();
    auto* out = reinterpret_cast<unsigned char*>(signature.data());
    const bool done = rsa_ ? EVP_PKEY_sign(signing_, out, &size, digest.data(), 32) == 1
                           : EVP_DigestSignInit_ex(one_shot_, nullptr, nullptr, nullptr, nullptr,
                                                   key_, nullptr) == 1 &&
                                 EVP_DigestSign(one_shot_, out, &size, digest.data(), 32) == 1;
    if (!done) give_up("OpenSSL does not sign");
    signature.resize(size);
    return signature;
  }
  bool verify(const auth::Digest& digest, const std::string& signature) {
    const auto* octets = reinterpret_cast<const unsigned char*>(signature.data());
    if (rsa_) return EVP_PKEY_verify(verifying_, octets, signature.size(), digest.data(), 32) == 1;
    return EVP_DigestVerifyInit_ex(one_shot_, nullptr, nullptr, nullptr, nullptr, key_, nullptr) ==
               1 &&
           EVP_DigestVerify(one_shot_, octets, signature.size(), digest.data(), 32) == 1;
  }
  std::string pem() const {
    BIO* memory = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(memory, key_, nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const auto size = BIO_get_mem_data(memory, &text);
    std::string out(text, static_cast<std::size_t>(size));
    BIO_free(memory);
    return out;
  }

 private:
  EVP_MD* sha256_ = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* hashing_ = EVP_MD_CTX_new();
  EVP_MD_CTX* one_shot_ = EVP_MD_CTX_new();
  EVP_PKEY* key_;
  bool rsa_;
  EVP_PKEY_CTX* verifying_ = nullptr;
  EVP_PKEY_CTX* signing_ = nullptr;
};

const std::string header =
    "Received: from mail.example.net (mail.example.net [192.0.2.7])\r\n"
    "\tby mx.example.org (Postfix) with ESMTPS id 4XyZ123456789\r\n"
    "\tfor <bob@example.org>; Fri, 11 Jul 2025 21:00:37 +0000 (UTC)\r\n"
    "From: Ann Example <ann@example.com>\r\n"
    "To: Bob Example <bob@example.org>\r\n"
    "Subject: Minutes of the meeting, and what was decided there about the new\r\n"
    " machine\r\n"
    "Date: Fri, 11 Jul 2025 21:00:30 +0000\r\n"
    "Message-ID: <20250711210030.12345.6F8J@mail.example.com>\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: 8bit\r\n"
    "\r\n";

/// Lines of prose with runs of white space and empty lines: a third of them is not canonical.
std::string prose(std::size_t size) {
  std::string body;
  for (unsigned n = 1; body.size() < size; ++n) {
    body +=
        fmt::format("{}. We went through the list of last week, and found nothing missing.\r\n", n);
    if (n % 3 == 0)
      body += "    An indented remark,  with two spaces, and a blank at its end. \r\n";
    if (n % 8 == 0) body += "\r\n";
  }
  return body;
}

/// A kilobyte of prose, and what makes mail large: an attachment in base64.
std::string with_attachment(std::size_t size) {
  std::string body = prose(1024);
  std::uint64_t number = 1;
  while (body.size() < size) {
    for (int column = 0; column < 76; ++column) {
      number = number * 6364136223846793005u + 1442695040888963407u;
      body += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[number >> 58];
    }
    body += "\r\n";
  }
  return body;
}

struct Times {
  double bare = 0;
  double ours = 0;
};

// Both by turns, each long enough for the clock; microseconds a message.
Times compare(const std::function<void()>& bare, const std::function<void()>& ours,
              double seconds) {
  const auto once = [](const std::function<void()>& work, long times) {
    const double begun = cpu_seconds();
    for (long i = 0; i < times; ++i)
      work();
    return (cpu_seconds() - begun) / static_cast<double>(times);
  };
  const double slow = std::max(once(ours, 3), 1e-7);
  const long times = std::max(1L, static_cast<long>(seconds / 2 / rounds / slow));
  std::vector<double> bares;
  std::vector<double> ourses;
  for (int round = 0; round < rounds; ++round) {
    bares.push_back(once(bare, times));
    ourses.push_back(once(ours, times));
  }
  const auto median = [](std::vector<double>& values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2] * 1e6;
  };
  return {median(bares), median(ourses)};
}

void tell(std::string_view what, std::string_view algorithm, std::string_view form,
          std::string_view kind, const Times& times) {
  fmt::print("{:7}{:9}{:17}{:18}{:>11.2f}{:>12.2f}{:>+9.1f} %\n", what, algorithm, form, kind,
             times.bare, times.ours, 100 * (times.ours / times.bare - 1));
}

void measure(bool rsa, Canonicalisation form, const std::string& body, std::string_view kind,
             double seconds) {
  Bare bare(rsa);
  auth::Crypto crypto;
  auth::MemoryZone zone;
  const auto key = crypto.private_key(bare.pem()).value();
  zone.add_text(
      "s._domainkey.example.com",
      fmt::format("v=DKIM1; k={}; p={}", rsa ? "rsa" : "ed25519", auth::public_part(*key)));
  auth::SigningChoices choices;
  choices.domain = "example.com";
  choices.selector = "s";
  choices.header = choices.body = form;
  const auto sign = [&] {
    auth::DkimSigner signer(crypto, key, choices);
    signer.add_body(body);
    return signer.finish(header);
  };
  const std::string signature_field = sign();
  const std::string message = signature_field + header + body;
  const auto verify = [&] {
    const auto block = message::HeaderBlock::parse(message);
    auth::BodyHashes hashes(crypto);
    auth::DkimVerification dkim(crypto, block, hashes, 1'700'000'000);
    hashes.add(std::string_view(message).substr(block.body_offset()));
    hashes.finish();
    const auto outcomes = auth::run_now(dkim.finish(zone));
    if (outcomes->size() != 1 || outcomes->front().result != auth::DkimResult::pass)
      give_up("a message does not verify");
  };

  // What the two hashes go over: the canonical body has as many octets as this, all of them alike
  // to SHA-256; the canonical header is made here.
  auth::BodyCanonicaliser canonical(crypto, form, {});
  canonical.add(body);
  canonical.finish();
  const std::string body_octets(static_cast<std::size_t>(canonical.octets()), 'x');
  const auto block = message::HeaderBlock::parse(message);
  std::string header_octets;
  for (const message::Field& field : block.fields()) {
    if (field.name == "Received") continue;
    if (field.name == "DKIM-Signature") {
      auth::append_own_field(header_octets, field, form);
    } else {
      auth::append_field(header_octets, field, form);
    }
  }
  const auth::Digest digest = bare.hash(header_octets);
  const std::string signature = bare.sign(digest);
  const auto hash_both = [&] {
    if (bare.hash(body_octets)[0] == bare.hash(header_octets)[0] && body.empty()) give_up("?");
  };
  const std::string_view algorithm = rsa ? "rsa-2048" : "ed25519";
  const std::string name = fmt::format("{0}/{0}", auth::name_of(form));
  tell("verify", algorithm, name, kind,
       compare(
           [&] {
             hash_both();
             if (!bare.verify(digest, signature)) give_up("OpenSSL does not verify");
           },
           verify, seconds));
  tell("sign", algorithm, name, kind,
       compare(
           [&] {
             hash_both();
             (void)bare.sign(digest);
           },
           [&] { (void)sign(); }, seconds));
}

}  // namespace

int main(int count, char** arguments) {
  const double seconds = count > 1 ? std::atof(arguments[1]) : 1;
  fmt::print("{:7}{:9}{:17}{:18}{:>11}{:>12}{:>11}\n", "", "key", "form", "body", "bare us",
             "ours us", "more");
  const std::pair<std::string_view, std::string> bodies[] = {
      {"1 KB of prose", prose(1 << 10)},
      {"10 KB of prose", prose(10 << 10)},
      {"1 MB attachment", with_attachment(1 << 20)},
      {"1 MB of prose", prose(1 << 20)},
  };
  for (const bool rsa : {true, false}) {
    for (const Canonicalisation form : {Canonicalisation::simple, Canonicalisation::relaxed}) {
      for (const auto& [kind, body] : bodies)
        measure(rsa, form, body, kind, seconds);
    }
  }
}
